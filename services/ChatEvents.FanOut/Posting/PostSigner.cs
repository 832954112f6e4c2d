using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Amazon.Runtime;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// AWS Signature Version 4 for @connections requests, character for character what <c>AWSSigV4Signer</c> of AWSSDK.Core writes. It is
/// faster because it keeps the signing key, which is good for one day, and everything else that posts have in common.
/// </summary>
public sealed class PostSigner(string region)
{
    /// <summary>The hash of no body at all, as a DELETE has it.</summary>
    public const string EmptyPayloadHash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

    private const string Service = "execute-api";
    private const int MaxOnStack = 1_024;

    [ThreadStatic]
    private static (Scope Scope, HMACSHA256 Hash) _hash;

    private volatile Scope? _scope;
    private volatile Second? _second;

    /// <summary>Adds the headers that sign a request.</summary>
    /// <param name="request">Its method is signed, and gets the headers.</param>
    /// <param name="endpoint">Where the request goes.</param>
    /// <param name="escapedConnectionId">The connection id as it is sent in the path.</param>
    /// <param name="payloadHash">SHA-256 of the body in lower-case hex.</param>
    /// <param name="credentials">Who signs.</param>
    /// <param name="now">The time of signing; AWS accepts it for 5 minutes.</param>
    public void Sign(
        HttpRequestMessage request,
        CallbackEndpoint endpoint,
        string escapedConnectionId,
        string payloadHash,
        ImmutableCredentials credentials,
        DateTimeOffset now)
    {
        var second = SecondOf(now);
        var scope = ScopeOf(credentials, second.Date);
        var headers = request.Headers;
        headers.TryAddWithoutValidation("X-Amz-Date", second.Timestamp);
        headers.TryAddWithoutValidation("X-Amz-Content-SHA256", payloadHash);
        if (scope.Token is { } token)
            headers.TryAddWithoutValidation("X-Amz-Security-Token", token);
        headers.TryAddWithoutValidation(
            "Authorization", AuthorizationOf(request.Method.Method, endpoint, escapedConnectionId, payloadHash, scope, second));
    }

    private static string AuthorizationOf(
        string method, CallbackEndpoint endpoint, string escapedConnectionId, string payloadHash, Scope scope, Second second)
    {
        var size = 512 + endpoint.CanonicalPath.Length + (2 * escapedConnectionId.Length) + endpoint.Host.Length + scope.TokenLine.Length;
        var rented = size > MaxOnStack ? ArrayPool<byte>.Shared.Rent(size) : null;
        var text = rented ?? stackalloc byte[MaxOnStack];
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];

        // 1. The canonical request.
        Utf8.TryWrite(
            text,
            $"{method}\n{endpoint.CanonicalPath}{CallbackEndpoint.EscapeAgain(escapedConnectionId)}\n\nhost:{endpoint.Host}\n"
            + $"x-amz-content-sha256:{payloadHash}\nx-amz-date:{second.Timestamp}{scope.TokenLine}\n\n{scope.SignedHeaders}\n{payloadHash}",
            out var length);
        SHA256.HashData(text[..length], hash);

        // 2. The string to sign.
        Utf8.TryWrite(text, $"AWS4-HMAC-SHA256\n{second.Timestamp}\n{scope.Name}\n", out length);
        Convert.TryToHexStringLower(hash, text[length..], out var hashLength);

        // 3. The signature.
        HashOf(scope).TryComputeHash(text[..(length + hashLength)], hash, out _);
        if (rented is not null)
            ArrayPool<byte>.Shared.Return(rented);
        Span<char> signature = stackalloc char[2 * SHA256.HashSizeInBytes];
        Convert.TryToHexStringLower(hash, signature, out _);
        return string.Concat(scope.Authorization, signature);
    }

    /// <summary>Setting one up for each signature would take longer than using it.</summary>
    private static HMACSHA256 HashOf(Scope scope)
    {
        if (_hash.Scope != scope)
        {
            _hash.Hash?.Dispose();
            _hash = (scope, new HMACSHA256(scope.SigningKey));
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
            (Credentials, Date) = (credentials, date);
            Name = $"{date}/{region}/{Service}/aws4_request";
            Token = credentials.UseToken ? credentials.Token : null;
            TokenLine = Token is null ? "" : $"\nx-amz-security-token:{Token}";
            SignedHeaders = "host;x-amz-content-sha256;x-amz-date" + (Token is null ? "" : ";x-amz-security-token");
            Authorization =
                $"AWS4-HMAC-SHA256 Credential={credentials.AccessKey}/{Name}, SignedHeaders={SignedHeaders}, Signature=";
            SigningKey = Encoding.UTF8.GetBytes("AWS4" + credentials.SecretKey);
            foreach (var part in (ReadOnlySpan<string>)[date, region, Service, "aws4_request"])
            {
                SigningKey = HMACSHA256.HashData(SigningKey, Encoding.UTF8.GetBytes(part));
            }
        }

        public ImmutableCredentials Credentials { get; }

        public string Date { get; }

        public string Name { get; }

        public string? Token { get; }

        /// <summary>As it stands in the canonical request.</summary>
        public string TokenLine { get; }

        public string SignedHeaders { get; }

        /// <summary>The header's value up to the signature.</summary>
        public string Authorization { get; }

        public byte[] SigningKey { get; }
    }
}
