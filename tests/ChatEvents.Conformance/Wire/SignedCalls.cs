using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ChatEvents.Conformance.Wire;

/// <summary>Whose signature management calls have, and for which region.</summary>
internal sealed record SigningKeys(string Region, string AccessKeyId, string SecretAccessKey, string? SessionToken)
{
    /// <exception cref="FormatException">One sentence says which variable is missing.</exception>
    public static SigningKeys FromEnvironment(string region, Func<string, string?> variable)
    {
        return new SigningKeys(region, Needed("AWS_ACCESS_KEY_ID"), Needed("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN") is { Length: > 0 } token ? token : null);

        string Needed(string name) => variable(name) is { Length: > 0 } value
            ? value
            : throw new FormatException($"--sign needs {name}, as \"aws configure export-credentials --format env\" writes it.");
    }
}

/// <summary>
/// Signs management calls by Signature Version 4. It has its own code for that, because what judges an emulator must share none with it.
/// </summary>
internal sealed class SignedCalls(SigningKeys keys, TimeProvider time, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private const string Algorithm = "AWS4-HMAC-SHA256";

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        Sign(request, Hex(SHA256.HashData(body)));
        return await base.SendAsync(request, cancellationToken);
    }

    private void Sign(HttpRequestMessage request, string bodyHash)
    {
        var uri = request.RequestUri!;
        var timestamp = time.GetUtcNow().ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);
        List<(string Name, string Value)> headers = [("host", uri.Authority), ("x-amz-content-sha256", bodyHash), ("x-amz-date", timestamp)];
        if (keys.SessionToken is { } token)
            headers.Add(("x-amz-security-token", token));
        var names = string.Join(';', headers.Select(header => header.Name));
        // What is sent in the path is encoded once more.
        var path = string.Join('/', uri.AbsolutePath.Split('/').Select(Uri.EscapeDataString));
        var canonical = $"{request.Method}\n{path}\n\n{string.Concat(headers.Select(header => $"{header.Name}:{header.Value}\n"))}\n{names}\n{bodyHash}";

        var scope = $"{timestamp[..8]}/{keys.Region}/execute-api/aws4_request";
        var key = Encoding.UTF8.GetBytes("AWS4" + keys.SecretAccessKey);
        foreach (var part in scope.Split('/'))
            key = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
        var toSign = $"{Algorithm}\n{timestamp}\n{scope}\n{Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical)))}";
        var signature = Hex(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(toSign)));

        foreach (var (name, value) in headers.Skip(1)) // the host is there already
            request.Headers.TryAddWithoutValidation(name, value);
        request.Headers.TryAddWithoutValidation("Authorization", $"{Algorithm} Credential={keys.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={signature}");
    }

    private static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);
}
