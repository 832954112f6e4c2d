using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;
using ChatEvents.Routes.Aws;
using ChatEvents.RoutesTests.Servers;
using ChatEvents.Testing;
using ChatEvents.Testing.Rights;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>
/// A route function in its real runtime loop, with a Lambda service, an SQS and a registry of the test. It may make only the calls that its
/// role allows when it is deployed.
/// </summary>
internal sealed class RunningFunction : IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly RuntimeApiServer _lambda;
    private readonly CancellationToken _cancellation;
    private readonly Task _running;
    private readonly GuardedCalls _calls;

    private RunningFunction(
        string handler,
        RouteSettings settings,
        TimeProvider time,
        RuntimeApiServer lambda,
        SqsServer sqs,
        RegistryDatabase registry,
        CancellationToken cancellation)
    {
        (_lambda, Sqs, Registry, _cancellation) = (lambda, sqs, registry, cancellation);
        _calls = sqs.Guard = registry.Guard = new GuardedCalls(DeployedRights.OfRoute(handler), ResourceOf);
        Clients = new RouteClients(() => ClientOf("sqs", sqs), () => ClientOf("dynamodb", registry)) { Time = time };
        _running = RouteFunction.RunAsync(handler, settings, Clients, lambda.Endpoint, Log, _stopping.Token);
    }

    public SqsServer Sqs { get; }

    public RegistryDatabase Registry { get; }

    /// <summary>With what the function remembers.</summary>
    public RouteClients Clients { get; }

    public RecordingLambdaLog Log { get; } = new();

    /// <param name="handler">Which function.</param>
    /// <param name="cancellation">Ends each invocation.</param>
    /// <param name="settings">Its settings; the defaults if null.</param>
    /// <param name="time">The clock of what an environment remembers.</param>
    public static async Task<RunningFunction> StartAsync(
        string handler, CancellationToken cancellation, RouteSettings? settings = null, TimeProvider? time = null) =>
        new(
            handler,
            settings ?? new RouteSettings(),
            time ?? TimeProvider.System,
            await RuntimeApiServer.StartNewAsync(),
            await SqsServer.StartNewAsync(),
            await RegistryDatabase.StartNewAsync(),
            cancellation);

    public Task<Answer> InvokeForAnswerAsync(JsonObject routeEvent, params (string Name, string Value)[] headers) =>
        _lambda.InvokeAsync(routeEvent.ToJsonString(), _cancellation, headers);

    /// <summary>Invokes the function, which must not fail, and returns its proxy response.</summary>
    public async Task<JsonNode> InvokeAsync(JsonObject routeEvent, params (string Name, string Value)[] headers)
    {
        var answer = await InvokeForAnswerAsync(routeEvent, headers);
        Assert.Null(answer.Error);
        return JsonNode.Parse(answer.Body)!;
    }

    /// <summary>The one event that was sent.</summary>
    public TEvent SentEvent<TEvent>()
        where TEvent : class, IRouteEvent =>
        RouteEventJson.Read<TEvent>(Encoding.UTF8.GetBytes(Assert.Single(Sqs.Sent)["MessageBody"]!.GetValue<string>()), FakeTime.LongAfter);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
        await _lambda.DisposeAsync();
        await Sqs.DisposeAsync();
        await Registry.DisposeAsync();
        Assert.Empty(_calls.Refused);
    }

    private static string ResourceOf(string name) => name.Split('/')[^1] switch
    {
        RegistryTables.Connections or QueueNames.Connections => "Connections",
        RegistryTables.Rooms => "Rooms",
        Bans.Table => "Bans",
        RecentMessages.Table => "Recent",
        QueueNames.Messages => "Messages",
        var unknown => unknown,
    };

    private static AwsClient ClientOf(string service, LoopbackServer server) => RouteClients.Of(
        new AwsEndpoint(service, "eu-central-1", new Uri($"http://{server.HostAndPort}")), () => new AwsKeys("test", "test", null));
}
