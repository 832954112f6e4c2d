using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ChatEvents.LocalGateway.Configuration;
using Microsoft.AspNetCore.Http.Features;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>Why a signed request is refused: the error type for SDKs, and the message.</summary>
internal readonly record struct SignatureFault(string ErrorType, string Message);

/// <summary>Verifies Signature Version 4 as <c>execute-api</c> does, against configured keys.</summary>
internal sealed class SignatureV4(SigningOptions options, string region, TimeProvider time)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    public SignatureFault? FindFault(HttpRequest request, ReadOnlySpan<byte> body)
    {
        var header = request.Headers.Authorization.ToString();
        if (header.Length == 0)
            return new SignatureFault("MissingAuthenticationTokenException", "Missing Authentication Token");
        if (!header.StartsWith(Algorithm + " ", StringComparison.Ordinal))
            return Incomplete("Authorization header requires the algorithm " + Algorithm + ".");

        var parts = header[(Algorithm.Length + 1)..].Split(',', StringSplitOptions.TrimEntries)
            .Select(part => part.Split('=', 2)).Where(pair => pair.Length == 2).ToDictionary(pair => pair[0], pair => pair[1]);
        if (!parts.TryGetValue("Credential", out var credential)
            || !parts.TryGetValue("SignedHeaders", out var signedHeaders)
            || !parts.TryGetValue("Signature", out var signature))
            return Incomplete("Authorization header requires 'Credential', 'SignedHeaders' and 'Signature'.");

        // Access key, date, region, service, terminator.
        if (credential.Split('/') is not [var accessKey, var date, var credentialRegion, var service, "aws4_request"])
            return Incomplete("Credential must have exactly 5 slash-delimited elements.");
        if (!options.Keys.TryGetValue(accessKey, out var secret))
            return new SignatureFault("UnrecognizedClientException", "The security token included in the request is invalid.");
        if (service != "execute-api")
            return Invalid("Credential should be scoped to correct service: 'execute-api'.");
        if (credentialRegion != region)
            return Invalid($"Credential should be scoped to a valid region, not '{credentialRegion}'.");

        var timestamp = request.Headers["X-Amz-Date"].ToString();
        if (FindFaultInTime(timestamp, date) is { } fault)
            return fault;

        var key = DeriveKey(secret, date, credentialRegion, service);
        foreach (var path in CanonicalPaths(request))
        {
            var canonical = CanonicalRequest(request, path, signedHeaders, body);
            var hash = Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)));
            var toSign = $"{Algorithm}\n{timestamp}\n{date}/{credentialRegion}/{service}/aws4_request\n{hash}";
            var expected = Hex(Hmac(key, toSign));
            if (CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(expected), Encoding.UTF8.GetBytes(signature)))
                return null;
        }

        return Invalid(
            "The request signature we calculated does not match the signature you provided. "
            + "Check your AWS Secret Access Key and signing method. Consult the service documentation for details.");
    }

    private static SignatureFault Incomplete(string message) => new("IncompleteSignatureException", message);

    private static SignatureFault Invalid(string message) => new("InvalidSignatureException", message);

    private SignatureFault? FindFaultInTime(string timestamp, string date)
    {
        const string format = "yyyyMMdd'T'HHmmss'Z'";
        if (!DateTimeOffset.TryParseExact(timestamp, format, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var signedAt)
            || !timestamp.StartsWith(date, StringComparison.Ordinal))
        {
            return Incomplete("Date must be in ISO-8601 'basic format' and agree with the credential.");
        }

        var skew = time.GetUtcNow() - signedAt;
        return skew.Duration() <= options.AllowedClockSkew
            ? null
            : Invalid(
                $"Signature {(skew > TimeSpan.Zero ? "expired" : "not yet current")}: {timestamp} is too far from the gateway's time.");
    }

    /// <summary>
    /// SDKs encode <c>@</c> and <c>=</c> differently, and the rule is to encode the raw path again. Some clients sign the path as it is, or
    /// encoded once; AWS accepts those too, so all three are tried.
    /// </summary>
    private static IEnumerable<string> CanonicalPaths(HttpRequest request)
    {
        var target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var path = target.Split('?')[0];
        yield return Encode(path);
        yield return path;
        yield return Encode(Uri.UnescapeDataString(path));

        static string Encode(string path) => string.Join('/', path.Split('/').Select(Uri.EscapeDataString));
    }

    private static string CanonicalRequest(HttpRequest request, string path, string signedHeaders, ReadOnlySpan<byte> body)
    {
        var query = string.Join('&', request.Query
            .SelectMany(
                parameter => parameter.Value.Select(value => $"{Uri.EscapeDataString(parameter.Key)}={Uri.EscapeDataString(value ?? "")}"))
            .Order(StringComparer.Ordinal));
        var canonical = new StringBuilder().Append(request.Method).Append('\n').Append(path).Append('\n').Append(query).Append('\n');
        foreach (var name in signedHeaders.Split(';'))
            canonical.Append(name).Append(':').Append(string.Join(',', request.Headers[name].Select(Squeeze))).Append('\n');

        var bodyHash = request.Headers["X-Amz-Content-SHA256"].ToString();
        if (bodyHash != "UNSIGNED-PAYLOAD")
            bodyHash = Hex(SHA256.HashData(body));
        return canonical.Append('\n').Append(signedHeaders).Append('\n').Append(bodyHash).ToString();
    }

    // Runs of spaces inside a header value count as one.
    private static string Squeeze(string? value) => string.Join(' ', (value ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries));

    private static byte[] DeriveKey(string secret, string date, string region, string service) =>
        Hmac(Hmac(Hmac(Hmac(Encoding.UTF8.GetBytes("AWS4" + secret), date), region), service), "aws4_request");

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
