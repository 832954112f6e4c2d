using System.Text.Json.Nodes;
using ChatEvents.Routes;
using ChatEvents.Routes.Authorizing;
using ChatEvents.Routes.Aws;
using ChatEvents.RoutesTests.Servers;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>The authorizer in its real runtime loop, on a clock of the test.</summary>
internal sealed class RunningAuthorizer : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly RuntimeApiServer _lambda;
    private readonly CancellationToken _cancellation;
    private readonly Task _running;

    private RunningAuthorizer(AuthSettings settings, RuntimeApiServer lambda, RouteClients? clients, CancellationToken cancellation)
    {
        (_lambda, _cancellation) = (lambda, cancellation);
        _running = AuthorizeFunction.RunAsync(
            () => settings, clients ?? new RouteClients(NoClient, NoClient), lambda.Endpoint, Log, Time, _stopping.Token);
    }

    public FakeTime Time { get; } = new();

    public RecordingLambdaLog Log { get; } = new();

    /// <summary>A right token, now.</summary>
    public TestToken Token => TestToken.At(Time.GetUtcNow());

    /// <summary>One that takes tokens of <see cref="TestToken"/>, by their public key where nothing else is said.</summary>
    public static async Task<RunningAuthorizer> StartAsync(
        CancellationToken cancellation, AuthSettings? settings = null, RouteClients? clients = null) =>
        new(settings ?? ByPublicKey, await RuntimeApiServer.StartNewAsync(), clients, cancellation);

    public static AuthSettings ByPublicKey { get; } = new()
    {
        Issuer = TestToken.Issuer,
        Audiences = [TestToken.Audience],
        PublicKey = TestToken.Rsa.ExportSubjectPublicKeyInfoPem(),
    };

    public static AuthSettings BySecret { get; } = ByPublicKey with { PublicKey = null, Secret = TestToken.Secret };

    public static AuthSettings By(IssuerServer issuer) => ByPublicKey with { PublicKey = null, Issuer = issuer.Name };

    /// <summary>What API Gateway would answer for what the function does: 200 stands for the way on to <c>$connect</c>.</summary>
    public async Task<int> StatusAsync(JsonObject handshake) => StatusOf(await AnswerAsync(handshake));

    public Task<Answer> AnswerAsync(JsonObject handshake) => _lambda.InvokeAsync(handshake.ToJsonString(), _cancellation);

    public Task<int> StatusAsync(TestToken token) => StatusAsync(Events.Authorize().WithHeader("Authorization", $"Bearer {token}"));

    /// <summary>The answer that lets somebody in.</summary>
    public async Task<JsonNode> AllowAsync(JsonObject handshake)
    {
        var answer = await AnswerAsync(handshake);
        Assert.True(answer.Error is null, $"{answer.Body}\n{string.Join('\n', Log.Lines)}");
        return JsonNode.Parse(answer.Body)!;
    }

    public Task<JsonNode> AllowAsync(TestToken token) => AllowAsync(Events.Authorize().WithHeader("Authorization", $"Bearer {token}"));

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        await _lambda.DisposeAsync();
    }

    public static int StatusOf(Answer answer)
    {
        if (answer.Error is { } error) return (string?)JsonNode.Parse(error.Json)!["errorMessage"] == "Unauthorized" ? 401 : 500;
        return (string?)JsonNode.Parse(answer.Body)!["policyDocument"]!["Statement"]![0]!["Effect"] == "Allow" ? 200 : 403;
    }

    private static AwsClient NoClient() => throw new InvalidOperationException("Not to be called.");
}
