using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Bench.ColdStart;

/// <summary>
/// All that a function talks to: the Runtime API, with an invocation always waiting, SQS, which takes any message, and an issuer of tokens.
/// </summary>
internal sealed class Servers : IAsyncDisposable
{
    /// <summary>An invocation of <c>onMessage</c>.</summary>
    public const string Message = """
        {
          "requestContext": {
            "routeKey": "onMessage", "messageId": "Qv7mVtfGIAMCJw8=", "eventType": "MESSAGE", "extendedRequestId": "Qv7mVHZSoAMFkJw=",
            "requestTime": "21/Nov/2026:11:36:01 +0000", "messageDirection": "IN", "stage": "prod", "connectedAt": 1795260924518,
            "requestTimeEpoch": 1795260961242, "identity": { "userAgent": "MyClient/1.0", "sourceIp": "203.0.113.7" },
            "requestId": "Qv7mVHZSoAMFkJw=", "domainName": "k3x9ab12cd.execute-api.eu-central-1.amazonaws.com",
            "connectionId": "A-b9_xYzoAMCK1g=", "apiId": "k3x9ab12cd"
          },
          "body": "{\"action\":\"onMessage\",\"message\":\"Hello everyone\"}",
          "isBase64Encoded": false
        }
        """;

    private readonly RSA _key = RSA.Create(2048);
    private readonly WebApplication _app;
    private readonly Channel<string> _answers = Channel.CreateUnbounded<string>();
    private int _messages;

    private Servers(WebApplication app) => _app = app;

    /// <summary>Host and port.</summary>
    public string Address => new Uri(_app.Urls.Single()).Authority;

    /// <summary>What the next function is asked.</summary>
    public string Asks { get; set; } = Message;

    public string Issuer => $"http://{Address}";

    public string PublicKey => _key.ExportSubjectPublicKeyInfoPem();

    /// <summary>An invocation of the authorizer, with a token that is right.</summary>
    public string Handshake => new JsonObject
    {
        ["type"] = "REQUEST",
        ["methodArn"] = "arn:aws:execute-api:eu-central-1:111122223333:k3x9ab12cd/prod/$connect",
        ["headers"] = new JsonObject { ["Authorization"] = $"Bearer {Token()}", ["Host"] = "k3x9ab12cd.execute-api.eu-central-1.amazonaws.com" },
        ["requestContext"] = new JsonObject
        {
            ["connectionId"] = "A-b9_xYzoAMCK1g=",
            ["identity"] = new JsonObject { ["sourceIp"] = "203.0.113.7" },
        },
    }.ToJsonString();

    /// <summary>Messages that SQS took.</summary>
    public int Messages => _messages;

    public static async Task<Servers> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var servers = new Servers(app);
        app.MapGet("/2018-06-01/runtime/invocation/next", servers.NextAsync);
        app.MapPost("/2018-06-01/runtime/invocation/{id}/response", servers.AnsweredAsync);
        app.MapPost("/2018-06-01/runtime/{**failure}", FailedAsync);
        app.MapPost("/", servers.SendMessageAsync);
        app.MapGet("/.well-known/openid-configuration", () => new JsonObject { ["issuer"] = servers.Issuer, ["jwks_uri"] = $"{servers.Issuer}/keys" });
        app.MapGet("/keys", servers.Keys);
        await app.StartAsync();
        return servers;
    }

    /// <summary>The next answer of a function.</summary>
    public async Task<string> AnswerAsync(CancellationToken cancellation) => await _answers.Reader.ReadAsync(cancellation);

    public ValueTask DisposeAsync()
    {
        _key.Dispose();
        return _app.DisposeAsync();
    }

    private JsonObject Keys()
    {
        var key = _key.ExportParameters(includePrivateParameters: false);
        return new()
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["kty"] = "RSA",
                ["kid"] = "one",
                ["n"] = Base64Url.EncodeToString(key.Modulus),
                ["e"] = Base64Url.EncodeToString(key.Exponent),
            }),
        };
    }

    private string Token()
    {
        var claims = new JsonObject { ["iss"] = Issuer, ["aud"] = "chat", ["sub"] = "ada", ["name"] = "Ada", ["exp"] = 4_102_444_800 };
        var signed = $"{Part("""{"alg":"RS256","kid":"one"}""")}.{Part(claims.ToJsonString())}";
        var signature = _key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return $"{signed}.{Base64Url.EncodeToString(signature)}";

        static string Part(string json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json));
    }

    private async Task NextAsync(HttpContext http)
    {
        http.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = "8476a536-e9f4-11e8-9739-2dfe598c3fcd";
        http.Response.Headers["Lambda-Runtime-Trace-Id"] = "Root=1-69204b11-0123456789abcdef01234567;Parent=0123456789abcdef;Sampled=1";
        http.Response.Headers["Lambda-Runtime-Deadline-Ms"] =
            TimeProvider.System.GetUtcNow().AddSeconds(29).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(Asks);
    }

    private async Task AnsweredAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        await _answers.Writer.WriteAsync(await reader.ReadToEndAsync());

        // Not answered: the process is about to be ended, and would otherwise take the next invocation meanwhile.
        await Task.Delay(Timeout.InfiniteTimeSpan, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    private static async Task FailedAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        Console.Error.WriteLine($"A function failed: {await reader.ReadToEndAsync()}");
    }

    private async Task SendMessageAsync(HttpContext http)
    {
        var request = (await JsonNode.ParseAsync(http.Request.Body))!;
#pragma warning disable CA5351 // The digest that SQS answers with.
        var digest = Convert.ToHexStringLower(MD5.HashData(Encoding.UTF8.GetBytes((string)request["MessageBody"]!)));
#pragma warning restore CA5351
        Interlocked.Increment(ref _messages);
        http.Response.ContentType = "application/x-amz-json-1.0";
        await http.Response.WriteAsync($$"""{"MessageId":"219f8380-5770-4cc2-8c3e-5c715e145f5e","MD5OfMessageBody":"{{digest}}"}""");
    }
}
