using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// AWS Signature Version 4 for @connections requests, byte for byte what <c>AWSSigV4Signer</c> of AWSSDK.Core writes. It is quicker
/// because the signing key, good for one day, and all that does not change from one post to the next are kept.
/// </summary>
public sealed class PostSigner(string region)
{
    private const string Service = "execute-api";
    private const int MaxOnStack = 1_024;

    private volatile Scope? _scope;
    private volatile Second? _second;

    /// <param name="method">HTTP method in capitals.</param>
    /// <param name="endpoint">Where the request goes.</param>
    /// <param name="escapedConnectionId">The connection id as it stands in the path.</param>
    /// <param name="payloadHash">SHA-256 of the body in lower-case hex.</param>
    /// <param name="credentials">Who signs.</param>
    /// <param name="now">The time of signing; AWS takes it for 5 minutes.</param>
    public PostSignature Sign(
        string method,
        CallbackEndpoint endpoint,
        string escapedConnectionId,
        string payloadHash,
        ImmutableCredentials credentials,
        DateTimeOffset now)
    {
        var second = SecondOf(now);
        var scope = ScopeOf(credentials, second.Date);

        var size = 512 + endpoint.CanonicalPath.Length + (3 * escapedConnectionId.Length) + endpoint.Host.Length + scope.TokenLine.Length;
        var rented = size > MaxOnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        var text = new AsciiWriter(rented ?? stackalloc byte[MaxOnStack]);

        // 1. The canonical request.
        text.Add(method);
        text.Add("\n"u8);
        text.Add(endpoint.CanonicalPath.Span);
        text.AddEscapedAgain(escapedConnectionId);
        text.Add("\n\nhost:"u8);
        text.Add(endpoint.Host.Span);
        text.Add("\nx-amz-content-sha256:"u8);
        text.Add(payloadHash);
        text.Add("\nx-amz-date:"u8);
        text.Add(second.Timestamp);
        text.Add(scope.TokenLine);
        text.Add("\n\n"u8);
        text.Add(scope.SignedHeaders);
        text.Add("\n"u8);
        text.Add(payloadHash);

        // 2. The string to sign.
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(text.Written, hash);
        text.Clear();
        text.Add("AWS4-HMAC-SHA256\n"u8);
        text.Add(second.Timestamp);
        text.Add("\n"u8);
        text.Add(scope.Name);
        text.Add("\n"u8);
        text.AddHex(hash);

        // 3. The signature.
        HMACSHA256.HashData(scope.Key, text.Written, hash);
        Span<char> signature = stackalloc char[2 * SHA256.HashSizeInBytes];
        Convert.TryToHexStringLower(hash, signature, out _);

        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);

        return new PostSignature(string.Concat(scope.AuthorizationStart, signature), second.Timestamp, scope.Token);
    }

    private Second SecondOf(DateTimeOffset now)
    {
        var seconds = now.ToUnixTimeSeconds();
        var known = _second;
        return known?.Seconds == seconds ? known : _second = new Second(seconds);
    }

    private Scope ScopeOf(ImmutableCredentials credentials, string date)
    {
        var known = _scope;
        return known is not null && ReferenceEquals(known.Credentials, credentials) && known.Date == date
            ? known
            : _scope = new Scope(credentials, date, region);
    }

    /// <summary>What all posts of one second share.</summary>
    private sealed class Second(long seconds)
    {
        public long Seconds { get; } = seconds;

        public string Timestamp { get; } =
            DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

        public string Date => field ??= Timestamp[..8];
    }

    /// <summary>What all posts of one day and one set of credentials share.</summary>
    private sealed class Scope
    {
        public Scope(ImmutableCredentials credentials, string date, string region)
        {
            Credentials = credentials;
            Date = date;
            Name = $"{date}/{region}/{Service}/aws4_request";
            Token = credentials.UseToken ? credentials.Token : null;
            TokenLine = Token is null ? "" : $"\nx-amz-security-token:{Token}";
            SignedHeaders = "host;x-amz-content-sha256;x-amz-date" + (Token is null ? "" : ";x-amz-security-token");
            AuthorizationStart =
                $"AWS4-HMAC-SHA256 Credential={credentials.AccessKey}/{Name}, SignedHeaders={SignedHeaders}, Signature=";

            var key = Encoding.UTF8.GetBytes("AWS4" + credentials.SecretKey);
            foreach (var part in (ReadOnlySpan<string>)[date, region, Service, "aws4_request"])
            {
                key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
            }

            Key = key;
        }

        public ImmutableCredentials Credentials { get; }

        public string Date { get; }

        public string Name { get; }

        public string? Token { get; }

        public string TokenLine { get; }

        public string SignedHeaders { get; }

        public string AuthorizationStart { get; }

        public byte[] Key { get; }
    }

    /// <summary>Writes ASCII into a buffer that is large enough.</summary>
    private ref struct AsciiWriter(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

        public void Clear() => _length = 0;

        public void Add(ReadOnlySpan<byte> text)
        {
            text.CopyTo(_buffer[_length..]);
            _length += text.Length;
        }

        public void Add(string text) => _length += Encoding.ASCII.GetBytes(text, _buffer[_length..]);

        /// <summary>The canonical path is escaped twice, and <c>%</c> is the only character that the second time changes.</summary>
        public void AddEscapedAgain(string escaped)
        {
            var rest = escaped.AsSpan();
            for (var percent = rest.IndexOf('%'); percent >= 0; percent = rest.IndexOf('%'))
            {
                _length += Encoding.ASCII.GetBytes(rest[..percent], _buffer[_length..]);
                Add("%25"u8);
                rest = rest[(percent + 1)..];
            }

            _length += Encoding.ASCII.GetBytes(rest, _buffer[_length..]);
        }

        public void AddHex(ReadOnlySpan<byte> hash)
        {
            Convert.TryToHexStringLower(hash, _buffer[_length..], out var written);
            _length += written;
        }
    }
}
