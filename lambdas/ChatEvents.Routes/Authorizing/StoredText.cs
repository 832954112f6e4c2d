using System.Text.Json;

namespace ChatEvents.Routes.Authorizing;

/// <summary>A text that a setting names by the ARN of an SSM parameter or of a secret in Secrets Manager.</summary>
internal static class StoredText
{
    public static bool IsArn(string setting) => IsParameter(setting) || IsSecret(setting);

    /// <exception cref="CannotAuthorizeException">It cannot be read.</exception>
    public static async Task<string> ReadAsync(string arn, RouteClients clients, CancellationToken answering)
    {
        try
        {
            using var answer = IsParameter(arn)
                ? await clients.Ssm().CallAsync("AmazonSSM.GetParameter", json => WriteParameter(json, arn), answering)
                : await clients.SecretsManager().CallAsync("secretsmanager.GetSecretValue", json => json.WriteString("SecretId", arn), answering);
            var root = IsParameter(arn) ? answer.RootElement.GetProperty("Parameter") : answer.RootElement;
            return root.TryGetProperty(IsParameter(arn) ? "Value" : "SecretString", out var text) && text.GetString() is { Length: > 0 } value
                ? value
                : throw new CannotAuthorizeException($"{arn} holds no text");
        }
        catch (Exception failure) when (ServiceFailure.IsIn(failure))
        {
            throw new CannotAuthorizeException($"{arn} cannot be read: {failure.Message}", failure);
        }
    }

    private static bool IsParameter(string setting) => IsArnOf("ssm", setting);

    private static bool IsSecret(string setting) => IsArnOf("secretsmanager", setting);

    private static bool IsArnOf(string service, string setting) =>
        setting.StartsWith("arn:", StringComparison.Ordinal) && setting.Split(':') is [_, _, var named, ..] && named == service;

    private static void WriteParameter(Utf8JsonWriter json, string arn)
    {
        json.WriteString("Name", arn);
        json.WriteBoolean("WithDecryption", true);
    }
}
