using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.Routes;
using ChatEvents.Routes.Aws;
using ChatEvents.RoutesTests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>Keys that a setting names by the ARN of an SSM parameter or of a secret.</summary>
public sealed class StoredKeyTests
{
    private const string Parameter = "arn:aws:ssm:eu-central-1:111122223333:parameter/chat/public-key";
    private const string Secret = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:chat-AbCdEf";

    [Fact(Timeout = 30_000)]
    public async Task A_public_key_is_read_from_a_parameter_once()
    {
        await using var store = await KeyStore.StartNewAsync();
        store.Parameters[Parameter] = TestToken.Rsa.ExportSubjectPublicKeyInfoPem();
        await using var authorizer = await RunningAuthorizer.StartAsync(
            TestContext.Current.CancellationToken,
            RunningAuthorizer.ByPublicKey with { PublicKey = Parameter }, store.Clients);

        Assert.Equal(200, await authorizer.StatusAsync(authorizer.Token));
        Assert.Equal(200, await authorizer.StatusAsync(authorizer.Token));

        Assert.Equal($$"""AmazonSSM.GetParameter application/x-amz-json-1.1 {"Name":"{{Parameter}}","WithDecryption":true}""", Assert.Single(store.Calls));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_secret_is_read_from_secrets_manager_and_again_when_it_was_exchanged()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var store = await KeyStore.StartNewAsync();
        store.Secrets[Secret] = TestToken.Secret;
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, RunningAuthorizer.BySecret with { Secret = Secret }, store.Clients);
        TestToken By(string secret) => authorizer.Token.Signed("HS256", TestToken.BySecret(Encoding.UTF8.GetBytes(secret)));
        Assert.Equal(200, await authorizer.StatusAsync(By(TestToken.Secret)));

        store.Secrets[Secret] = $"another {TestToken.Secret}";
        Assert.Equal(401, await authorizer.StatusAsync(By($"another {TestToken.Secret}")));
        authorizer.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(200, await authorizer.StatusAsync(By($"another {TestToken.Secret}")));
        Assert.Equal(
            Enumerable.Repeat($$"""secretsmanager.GetSecretValue application/x-amz-json-1.1 {"SecretId":"{{Secret}}"}""", 2), store.Calls);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(null)]
    [InlineData("short")]
    public async Task A_key_that_cannot_be_read_is_not_the_clients_fault(string? secret)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var store = await KeyStore.StartNewAsync();
        if (secret is not null) store.Secrets[Secret] = secret;
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, RunningAuthorizer.BySecret with { Secret = Secret }, store.Clients);

        var answer = await authorizer.AnswerAsync(Events.Authorize().WithParameter("access_token", authorizer.Token.ToString()
            .Replace(authorizer.Token.ToString().Split('.')[0], "eyJhbGciOiJIUzI1NiJ9", StringComparison.Ordinal)));

        Assert.Contains(Secret, (string?)JsonNode.Parse(answer.Error!.Json)!["errorMessage"], StringComparison.Ordinal);
        Assert.Equal(500, RunningAuthorizer.StatusOf(answer));
    }

    private sealed class KeyStore : LoopbackServer
    {
        public Dictionary<string, string> Parameters { get; } = [];

        public Dictionary<string, string> Secrets { get; } = [];

        public List<string> Calls { get; } = [];

        public RouteClients Clients => new(NoClient, NoClient) { Ssm = () => ClientOf("ssm"), SecretsManager = () => ClientOf("secretsmanager") };

        public static async Task<KeyStore> StartNewAsync()
        {
            var store = new KeyStore();
            await store.StartAsync();
            return store;
        }

        protected override void Map(WebApplication app) => app.MapPost("/", AnswerAsync);

        private async Task AnswerAsync(HttpContext http)
        {
            var request = (await JsonNode.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted))!;
            Calls.Add($"{http.Request.Headers["X-Amz-Target"]} {http.Request.ContentType} {request.ToJsonString()}");
            if (request["Name"] is { } name && Parameters.TryGetValue((string)name!, out var value))
            {
                await http.Response.WriteAsJsonAsync(new JsonObject { ["Parameter"] = new JsonObject { ["Value"] = value } });
            }
            else if (request["SecretId"] is { } id && Secrets.TryGetValue((string)id!, out var secret))
            {
                await http.Response.WriteAsJsonAsync(new JsonObject { ["SecretString"] = secret });
            }
            else
            {
                http.Response.StatusCode = StatusCodes.Status400BadRequest;
                await http.Response.WriteAsync("""{"__type":"ResourceNotFoundException","Message":"not found"}""");
            }
        }

        private static AwsClient NoClient() => throw new InvalidOperationException("Not to be called.");

        private AwsClient ClientOf(string service) => RouteClients.Of(
            new AwsEndpoint(service, "eu-central-1", new Uri($"http://{HostAndPort}")), () => new AwsKeys("test", "test", null));
    }
}
