using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ChatEvents.RoutesTests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>An OpenID Connect provider of a test.</summary>
internal sealed class IssuerServer : LoopbackServer
{
    private int _asked;

    /// <summary>How often the key set was asked for.</summary>
    public int Asked => _asked;

    public string Name => $"http://{HostAndPort}";

    /// <summary>What the discovery document says of itself; by default the truth.</summary>
    public string? CallsItself { get; set; }

    /// <summary>Where the discovery document says that the keys are; by default where they are.</summary>
    public string? KeysAt { get; set; }

    public Dictionary<string, RSA> Keys { get; } = new() { ["one"] = TestToken.Rsa };

    /// <summary>Other members of the key set.</summary>
    public List<JsonObject> MoreKeys { get; } = [];

    /// <summary>Comes before the key set is answered.</summary>
    public Func<HttpContext, Task> OnKeys { get; set; } = _ => Task.CompletedTask;

    public static async Task<IssuerServer> StartNewAsync()
    {
        var server = new IssuerServer();
        await server.StartAsync();
        return server;
    }

    protected override void Map(WebApplication app)
    {
        app.MapGet("/.well-known/openid-configuration", () => new JsonObject
        {
            ["issuer"] = CallsItself ?? Name,
            ["jwks_uri"] = KeysAt ?? $"{Name}/keys",
            ["id_token_signing_alg_values_supported"] = new JsonArray("RS256", "HS256", "none"),
        });
        app.MapGet("/keys", KeysAsync);
    }

    private async Task KeysAsync(HttpContext http)
    {
        Interlocked.Increment(ref _asked);
        await OnKeys(http);
        if (http.Response.HasStarted) return;
        await http.Response.WriteAsJsonAsync(new JsonObject
        {
            ["keys"] = new JsonArray([.. Keys.Select(key => JwkOf(key.Key, key.Value)), .. MoreKeys.Select(key => key.DeepClone())]),
        });
    }

    private static JsonObject JwkOf(string id, RSA key)
    {
        var parameters = key.ExportParameters(includePrivateParameters: false);
        return new()
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = "RS256",
            ["kid"] = id,
            ["n"] = Base64Url.EncodeToString(parameters.Modulus),
            ["e"] = Base64Url.EncodeToString(parameters.Exponent),
        };
    }
}
