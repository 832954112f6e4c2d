using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ChatEvents.Routes.Aws;

/// <summary>
/// AWS Signature Version 4 of a POST that calls an operation, byte for byte as <c>AWSSigV4Signer</c> of AWSSDK.Core writes it. The
/// fan-out's own signer is built for many posts a second and caches what they share; this one is built for the first call of a process.
/// </summary>
/// <param name="Authorization">Value of <c>Authorization</c>.</param>
/// <param name="Timestamp">Value of <c>X-Amz-Date</c>.</param>
/// <param name="ContentHash">Value of <c>X-Amz-Content-SHA256</c>.</param>
internal sealed record AwsSignature(string Authorization, string Timestamp, string ContentHash)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    /// <param name="endpoint">Where the request goes.</param>
    /// <param name="target">Value of <c>X-Amz-Target</c>.</param>
    /// <param name="content">The body.</param>
    /// <param name="keys">The credentials.</param>
    /// <param name="now">The time of signing; AWS accepts the signature for some minutes.</param>
    public static AwsSignature Of(AwsEndpoint endpoint, string target, ReadOnlySpan<byte> content, AwsKeys keys, DateTimeOffset now)
    {
        var timestamp = now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        var date = timestamp[..8];
        var contentHash = Convert.ToHexStringLower(SHA256.HashData(content));
        var (tokenHeader, tokenName) = keys.SessionToken is null ? ("", "") : ($"x-amz-security-token:{keys.SessionToken}\n", "x-amz-security-token;");

        // The path is escaped twice; the second pass changes only "%".
        var signedHeaders = $"host;x-amz-content-sha256;x-amz-date;{tokenName}x-amz-target";
        var request = $"POST\n{endpoint.Url.AbsolutePath.Replace("%", "%25", StringComparison.Ordinal)}\n\n"
            + $"host:{endpoint.Url.Authority}\nx-amz-content-sha256:{contentHash}\nx-amz-date:{timestamp}\n{tokenHeader}x-amz-target:{target}\n\n"
            + $"{signedHeaders}\n{contentHash}";

        var scope = $"{date}/{endpoint.Region}/{endpoint.Service}/aws4_request";
        var toSign = $"{Algorithm}\n{timestamp}\n{scope}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(request)))}";

        var key = Encoding.UTF8.GetBytes($"AWS4{keys.SecretAccessKey}");
        foreach (var part in (ReadOnlySpan<string>)[date, endpoint.Region, endpoint.Service, "aws4_request"])
        {
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        }

        var signature = Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));
        return new AwsSignature(
            $"{Algorithm} Credential={keys.AccessKeyId}/{scope}, SignedHeaders={signedHeaders}, Signature={signature}", timestamp, contentHash);
    }
}
