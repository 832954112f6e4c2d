using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers;
using ChatEvents.FanOut;
using ChatEvents.Local.Emulators;
using ChatEvents.Local.Hosting;
using ChatEvents.Routes;
using ChatEvents.Routes.Authorizing;

namespace ChatEvents.Local;

/// <summary>
/// The whole system in one process, with the parts that it has on AWS: the servers of SQS and DynamoDB, queues and tables, both workers,
/// the gateway, and the route Lambdas on the gateway's Runtime API.
/// </summary>
public sealed class LocalSystem : IAsyncDisposable
{
    // The parts that have started, in this order. They end in reverse: first the gateway, which closes its connections and hands the last
    // $disconnect to the functions; then the functions; then the workers, which finish what they have in hand; the servers last.
    private readonly Stack<IAsyncDisposable> _parts = new();

    /// <summary>Ready tokens by whose they are, for the page.</summary>
    private IReadOnlyDictionary<string, string> _ofPage = new Dictionary<string, string>();

    private LocalSystem()
    {
    }

    /// <summary>Where clients on this machine connect.</summary>
    public Uri Url { get; private set; } = null!;

    /// <summary>Where a browser on this machine finds the page.</summary>
    public Uri PageUrl => new UriBuilder(Url) { Scheme = "http", Path = "/" }.Uri;

    /// <summary>Where clients on other machines connect, if the system listens on all addresses.</summary>
    public IReadOnlyList<Uri> OtherUrls { get; private set; } = [];

    /// <summary>Environment variables with which another program, such as the operator's tool, finds the same queues and tables.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; private set; } = new Dictionary<string, string>();

    /// <summary>Whether one cannot connect without a token.</summary>
    public bool NeedsToken { get; private set; }

    /// <summary>Ready tokens by user; empty without an authorizer, and where only an issuer can make one.</summary>
    public IReadOnlyDictionary<string, string> Tokens { get; private set; } = new Dictionary<string, string>();

    /// <param name="settings">What the command line can change.</param>
    /// <param name="progress">Gets one line for each step that takes long.</param>
    /// <param name="time">The clock of all parts.</param>
    /// <param name="stopping">Ends a start that is not finished.</param>
    /// <exception cref="LocalSystemException">Something outside prevents a part from starting. The parts that had started are stopped.</exception>
    public static async Task<LocalSystem> StartAsync(
        LocalSettings settings, Action<string> progress, TimeProvider time, CancellationToken stopping)
    {
        var system = new LocalSystem();
        try
        {
            await system.StartPartsAsync(settings, progress, time, stopping);
            return system;
        }
        catch (Exception failure)
        {
            await system.DisposeAsync();
            if (SentencesOf(failure) is { Count: > 0 } sentences)
            {
                throw new LocalSystemException(string.Join(" ", sentences), failure);
            }

            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        while (_parts.TryPop(out var part))
        {
            await part.DisposeAsync();
        }
    }

    private static IReadOnlyList<string> SentencesOf(Exception failure) =>
        failure is InvalidSettingException ofRoutes ? [ofRoutes.Message] : StartFailure.SentencesOf(failure);

    private void OfferTokens(LocalTokens tokens, string auth)
    {
        NeedsToken = auth == "required";
        Environment = new Dictionary<string, string>([.. Environment, .. tokens.Environment]);
        Tokens = (from user in (ValueTuple<string, string>[])[("ada", "Ada"), ("bob", "Bob")]
                  let token = tokens.Make(user.Item1, user.Item2)
                  where token is not null
                  select KeyValuePair.Create(user.Item1, token)).ToDictionary();
        _ofPage = tokens.Make("mona", "Mona", "moderator") is { } moderator
            ? new Dictionary<string, string>(Tokens) { ["mona, a moderator"] = moderator }
            : Tokens;
    }

    private async Task StartPartsAsync(
        LocalSettings settings, Action<string> progress, TimeProvider time, CancellationToken stopping)
    {
        Gateway.RequireFreePort(settings);
        var emulators = Keep(await LocalEmulators.StartAsync(progress, time, stopping));
        var use = Keep(new ServersUse(emulators));
        var bill = Keep(new LastBill(progress));
        var servers = Keep(await LocalServers.ConnectAsync(emulators, time, stopping));
        Environment = servers.Environment;
        await servers.CreateQueuesAndTablesAsync(time, stopping);
        await use.BeginAsync(stopping);
        var api = DeployedApi.Read(settings, servers);
        var tokens = settings.HasAuthorizer ? LocalTokens.Create(settings.Auth, api.Functions[AuthorizeFunction.Handler], time) : null;
        if (tokens is not null) OfferTokens(tokens, settings.Auth);

        var workers = Keep(new Workers(settings, time));
        await workers.StartAsync(configure => RegistryWorker.Build([], configure), servers, stopping);
        await workers.StartAsync(configure => FanOutWorker.Build([], configure), servers, stopping);

        var functions = Keep(new RouteFunctions(servers, time));
        var gateway = Keep(await Gateway.StartAsync(api, new ChatPage(settings, _ofPage), use, time, stopping));
        functions.Start(api.Functions, gateway.Address, tokens?.Settings, gateway.Stopping);

        // The operator's tool asks the gateway only where it may.
        Environment = new Dictionary<string, string>(Environment)
        {
            ["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"] = new Uri(gateway.Address, LocalSettings.Stage).ToString(),
        };
        await workers.UntilReadyAsync(stopping);
        bill.Read = gateway.Bill;
        (Url, OtherUrls) = (gateway.ClientUrl, gateway.OtherClientUrls);
    }

    private TPart Keep<TPart>(TPart part)
        where TPart : IAsyncDisposable
    {
        _parts.Push(part);
        return part;
    }
}
