using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Amazon.Runtime;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// AWS Signature Version 4 for @connections requests, byte for byte what <c>AWSSigV4Signer</c> of AWSSDK.Core writes. It is quicker
/// because the signing key, good for one day, and all that does not change from one post to the next are kept.
/// </summary>
public sealed class PostSigner(string region)
{
    private const string Service = "execute-api";
    private const int MaxOnStack = 1_024;

    [ThreadStatic]
    private static (Scope Scope, HMACSHA256 Hash) _hash;

    private volatile Scope? _scope;
    private volatile Second? _second;

    /// <summary>Signs a request.</summary>
    /// <param name="signature">Where the signature is written to: 64 bytes.</param>
    /// <param name="method">HTTP method in capitals.</param>
    /// <param name="endpoint">Where the request goes.</param>
    /// <param name="escapedConnectionId">The connection id as it stands in the path.</param>
    /// <param name="payloadHash">Of the body.</param>
    /// <param name="credentials">Who signs.</param>
    /// <param name="now">The time of signing; AWS takes it for 5 minutes.</param>
    /// <returns>The headers' values; good for as long as <paramref name="signature"/> is.</returns>
    public SignedHeaders Sign(
        Span<byte> signature,
        ReadOnlySpan<byte> method,
        CallbackEndpoint endpoint,
        ReadOnlySpan<char> escapedConnectionId,
        PayloadHash payloadHash,
        ImmutableCredentials credentials,
        DateTimeOffset now)
    {
        var second = SecondOf(now);
        var scope = ScopeOf(credentials, second.Date);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        Sign(hash, method, endpoint, escapedConnectionId, payloadHash, scope, second);
        Convert.TryToHexStringLower(hash, signature, out _);
        return new SignedHeaders
        {
            Date = second.Timestamp,
            PayloadHash = payloadHash.Hex,
            Token = scope.Token,
            Authorization = scope.Authorization,
            Signature = signature,
        };
    }

    private static void Sign(
        Span<byte> signature,
        ReadOnlySpan<byte> method,
        CallbackEndpoint endpoint,
        ReadOnlySpan<char> escapedConnectionId,
        PayloadHash payloadHash,
        Scope scope,
        Second second)
    {
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
        text.Add(payloadHash.Hex);
        text.Add("\nx-amz-date:"u8);
        text.Add(second.Timestamp);
        text.Add(scope.TokenLine);
        text.Add("\n\n"u8);
        text.Add(scope.SignedHeaders);
        text.Add("\n"u8);
        text.Add(payloadHash.Hex);

        // 2. The string to sign.
        SHA256.HashData(text.Written, signature);
        text.Clear();
        text.Add("AWS4-HMAC-SHA256\n"u8);
        text.Add(second.Timestamp);
        text.Add("\n"u8);
        text.Add(scope.Name);
        text.Add("\n"u8);
        text.AddHex(signature);

        // 3. The signature.
        HashOf(scope).TryComputeHash(text.Written, signature, out _);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
    }

    /// <summary>Making one anew for each signature would take longer than using it.</summary>
    private static HMACSHA256 HashOf(Scope scope)
    {
        if (_hash.Scope != scope)
        {
            _hash.Hash?.Dispose();
            _hash = (scope, new HMACSHA256(scope.Key));
        }

        return _hash.Hash;
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
    private sealed class Second
    {
        private readonly byte[] _timestamp;

        public Second(long seconds)
        {
            Seconds = seconds;
            var timestamp = DateTimeOffset.FromUnixTimeSeconds(seconds).ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
            Date = timestamp[..8];
            _timestamp = Encoding.ASCII.GetBytes(timestamp);
        }

        public long Seconds { get; }

        public string Date { get; }

        public ReadOnlySpan<byte> Timestamp => _timestamp;
    }

    /// <summary>What all posts of one day and one set of credentials share.</summary>
    private sealed class Scope
    {
        private readonly byte[] _name;
        private readonly byte[] _tokenLine;
        private readonly byte[] _token;
        private readonly byte[] _signedHeaders;
        private readonly byte[] _authorization;

        public Scope(ImmutableCredentials credentials, string date, string region)
        {
            Credentials = credentials;
            Date = date;
            var name = $"{date}/{region}/{Service}/aws4_request";
            var token = credentials.UseToken ? credentials.Token : null;
            var signedHeaders = "host;x-amz-content-sha256;x-amz-date" + (token is null ? "" : ";x-amz-security-token");
            _name = Encoding.ASCII.GetBytes(name);
            _tokenLine = Encoding.ASCII.GetBytes(token is null ? "" : $"\nx-amz-security-token:{token}");
            _token = Encoding.ASCII.GetBytes(token ?? "");
            _signedHeaders = Encoding.ASCII.GetBytes(signedHeaders);
            _authorization = Encoding.ASCII.GetBytes(
                $"AWS4-HMAC-SHA256 Credential={credentials.AccessKey}/{name}, SignedHeaders={signedHeaders}, Signature=");

            Key = Encoding.UTF8.GetBytes("AWS4" + credentials.SecretKey);
            foreach (var part in (ReadOnlySpan<string>)[date, region, Service, "aws4_request"])
            {
                Key = HMACSHA256.HashData(Key, Encoding.UTF8.GetBytes(part));
            }
        }

        public ImmutableCredentials Credentials { get; }

        public string Date { get; }

        public ReadOnlySpan<byte> Name => _name;

        /// <summary>As it stands in the canonical request.</summary>
        public ReadOnlySpan<byte> TokenLine => _tokenLine;

        public ReadOnlySpan<byte> Token => _token;

        public ReadOnlySpan<byte> SignedHeaders => _signedHeaders;

        public ReadOnlySpan<byte> Authorization => _authorization;

        public byte[] Key { get; }
    }
}

/// <summary>The values of the headers that sign a request.</summary>
public readonly ref struct SignedHeaders
{
    /// <summary><c>X-Amz-Date</c>.</summary>
    public required ReadOnlySpan<byte> Date { get; init; }

    /// <summary><c>X-Amz-Content-SHA256</c>.</summary>
    public required ReadOnlySpan<byte> PayloadHash { get; init; }

    /// <summary><c>X-Amz-Security-Token</c>; empty for credentials that have none.</summary>
    public required ReadOnlySpan<byte> Token { get; init; }

    /// <summary><c>Authorization</c> up to the <see cref="Signature"/>.</summary>
    public required ReadOnlySpan<byte> Authorization { get; init; }

    /// <summary>In hex, at the end of <c>Authorization</c>.</summary>
    public required ReadOnlySpan<byte> Signature { get; init; }

    /// <summary>Of all together.</summary>
    public int Length => Date.Length + PayloadHash.Length + Token.Length + Authorization.Length + Signature.Length;
}
