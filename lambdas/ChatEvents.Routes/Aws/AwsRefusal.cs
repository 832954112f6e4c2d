using System.Net;
using System.Text.Json;

namespace ChatEvents.Routes.Aws;

/// <summary>Reads the error answers of AWS services that speak JSON.</summary>
internal static class AwsRefusal
{
    public static AwsCallException Of(string target, HttpStatusCode status, byte[] body)
    {
        var (code, message) = Read(body);
        return new AwsCallException(
            $"{target} was refused: {code ?? $"status {(int)status}"}{(message is null ? "." : $", {message}")}",
            isTransient: status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError || IsThrottling(code),
            wasRefused: status < HttpStatusCode.InternalServerError);
    }

    /// <summary>Recognized by its name, because the status is 400, as for any other refusal.</summary>
    private static bool IsThrottling(string? code) => code is not null
        && (code.Contains("Throttl", StringComparison.Ordinal)
            || code is "ProvisionedThroughputExceededException" or "RequestLimitExceeded" or "TooManyRequestsException" or "SlowDown");

    /// <summary>The code may have a Java package name as a prefix; the member of the message starts with either case.</summary>
    private static (string? Code, string? Message) Read(byte[] body)
    {
        try
        {
            using var json = JsonDocument.Parse(body);
            return (Text(json, "__type")?.Split('#')[^1], Text(json, "message") ?? Text(json, "Message"));
        }
        catch (JsonException)
        {
            // A proxy answered instead of the service; the status says enough.
            return (null, null);
        }
    }

    private static string? Text(JsonDocument json, string member) =>
        json.RootElement.ValueKind == JsonValueKind.Object
        && json.RootElement.TryGetProperty(member, out var value)
        && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;
}
