using System.Text.Json;
using Amazon.Lambda.Core;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>Reads the two headers that carry JSON; both are there only for callers that use a mobile SDK or Cognito.</summary>
internal static class ClientContextJson
{
    public static ICognitoIdentity ReadIdentity(string? header)
    {
        using var json = Parse(header);
        return new CognitoIdentity(
            Text(json.RootElement, "cognitoIdentityId"),
            Text(json.RootElement, "cognitoIdentityPoolId"));
    }

    public static IClientContext ReadClientContext(string? header)
    {
        using var json = Parse(header);
        return new ClientContext(Texts(json.RootElement, "env"), Application(json.RootElement), Texts(json.RootElement, "custom"));
    }

    private static JsonDocument Parse(string? header) => JsonDocument.Parse(string.IsNullOrWhiteSpace(header) ? "{}" : header);

    private static ClientApplication? Application(JsonElement json) => json.TryGetProperty("client", out var client)
        ? new ClientApplication(
            Text(client, "app_package_name"),
            Text(client, "app_title"),
            Text(client, "app_version_code"),
            Text(client, "app_version_name"),
            Text(client, "installation_id"))
        : null;

    private static string? Text(JsonElement json, string name) => json.TryGetProperty(name, out var value) ? value.ToString() : null;

    private static Dictionary<string, string>? Texts(JsonElement json, string name) => json.TryGetProperty(name, out var members)
        ? members.EnumerateObject().ToDictionary(member => member.Name, member => member.Value.ToString())
        : null;

    private sealed record CognitoIdentity(string? IdentityId, string? IdentityPoolId) : ICognitoIdentity;

    private sealed record ClientContext(
        IDictionary<string, string>? Environment, IClientApplication? Client, IDictionary<string, string>? Custom) : IClientContext;

    private sealed record ClientApplication(
        string? AppPackageName, string? AppTitle, string? AppVersionCode, string? AppVersionName, string? InstallationId)
        : IClientApplication;
}
