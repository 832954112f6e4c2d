using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Contracts;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Queues;
using ChatEvents.Routes;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.ProtocolTests.Registry;

/// <summary>
/// The way of a connection into the registry, whole: the local gateway, the function of <c>$connect</c>, SQS, the registry worker and
/// DynamoDB. Only that the gateway drops every <c>$disconnect</c>, and that the worker's clock can be moved on.
/// </summary>
public sealed class ForgetfulChat : IAsyncDisposable
{
    /// <summary>A guess that takes a thousand handshakes in seconds: an environment of a function serves one at a time.</summary>
    private const int Environments = 8;

    private const int ConnectsAtOnce = 50;

    private const string Function = "connect";

    private readonly TestTables _tables;
    private readonly IAmazonSQS _sqs;
    private readonly RouteClients _routeClients;
    private readonly MovableTime _time = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<ClientWebSocket> _clients = [];
    private readonly string _queue = EmulatorsFixture.Unique("connections");
    private WebApplication? _gateway;
    private WebApplication? _registry;
    private Task _functions = Task.CompletedTask;

    private ForgetfulChat(TestTables tables, EmulatorsFixture emulators) =>
        (_tables, _sqs, _routeClients) = (tables, emulators.CreateSqs(), emulators.CreateRouteClients());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<ForgetfulChat> StartAsync(EmulatorsFixture emulators, CancellationToken cancellation)
    {
        var chat = new ForgetfulChat(await TestTables.CreateAsync(emulators), emulators);
        await QueueSetup.EnsureQueueAsync(
            chat._sqs, chat._queue, $"dead-{chat._queue}", MaxReceives.ByDefault, cancellation);
        chat._gateway = await StartGatewayAsync();
        chat._functions = Task.WhenAll(Enumerable.Range(0, Environments).Select(_ => chat.RunConnectAsync()));
        chat._registry = await chat.StartRegistryAsync();
        return chat;
    }

    /// <summary>Clients whose connections are in the tables.</summary>
    public async Task<IReadOnlyList<ClientWebSocket>> ConnectAsync(int count)
    {
        var url = new Uri($"{_gateway!.Urls.First().Replace("http:", "ws:", StringComparison.Ordinal)}/local");
        var clients = Enumerable.Range(0, count).Select(_ => new ClientWebSocket()).ToList();
        _clients.AddRange(clients);
        await Parallel.ForEachAsync(
            clients,
            new ParallelOptions { MaxDegreeOfParallelism = ConnectsAtOnce, CancellationToken = Cancellation },
            async (client, cancellation) => await client.ConnectAsync(url, cancellation));
        await Patiently.SeeAsync(
            $"{_clients.Count} rows", CountConnectionsAsync, rows => rows == _clients.Count, Cancellation, TimeSpan.FromMinutes(1));
        return clients;
    }

    /// <summary>Ends connections without a word, and waits until the gateway has noticed.</summary>
    public async Task DropAsync(IReadOnlyCollection<ClientWebSocket> clients)
    {
        foreach (var client in clients)
        {
            client.Abort();
            _clients.Remove(client);
        }

        using var http = new HttpClient { BaseAddress = new Uri(_gateway!.Urls.First()) };
        await Patiently.SeeAsync(
            $"{_clients.Count} connections at the gateway",
            async () => (await http.GetFromJsonAsync<JsonElement>("/_gateway/health", Cancellation)).GetProperty("connections").GetInt32(),
            connections => connections == _clients.Count,
            Cancellation);
    }

    public void Wait(TimeSpan time) => _time.MoveOn(time);

    public Task<SweepResult> SweepAsync() => _registry!.Services.GetRequiredService<StaleSweep>().SweepAsync(Cancellation);

    public async Task<int> CountConnectionsAsync() => (await _tables.ItemsOfAsync(_tables.Names.Connections)).Count;

    public async Task<int> CountMembershipsAsync() => (await _tables.ItemsOfAsync(_tables.Names.Rooms)).Count;

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients) client.Dispose();
        await _stopping.CancelAsync();
        await _functions;
        if (_registry is not null) await _registry.DisposeAsync();
        if (_gateway is not null) await _gateway.DisposeAsync();
        await _tables.DisposeAsync();
        _sqs.Dispose();
        _stopping.Dispose();
    }

    private static async Task<WebApplication> StartGatewayAsync()
    {
        var gateway = GatewayHost.Build(new GatewayOptions
        {
            Port = 0,
            Routes =
            {
                ["$connect"] = new() { Function = Function },
                ["$disconnect"] = new() { Function = "disconnect" },
            },
            Faults = new() { DropDisconnectRate = 1 },
            Throttle = new() { ConnectsPerSecond = 0 },
        });
        await gateway.StartAsync(Cancellation);
        return gateway;
    }

    private Task RunConnectAsync() => RouteFunction.RunAsync(
        Function,
        new RouteSettings
        {
            CallbackEndpoint = $"{_gateway!.Urls.First()}/local",
            Queues = new() { Connections = _queue },
        },
        _routeClients,
        $"{new Uri(_gateway.Urls.First()).Authority}/{Function}",
        new RecordingLambdaLog(),
        _stopping.Token);

    private async Task<WebApplication> StartRegistryAsync()
    {
        var worker = RegistryWorker.Build([], builder =>
        {
            builder.Configuration.AddInMemoryCollection(_tables.Settings);
            builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
            {
                ["Queues:Connections"] = _queue,
                ["Registry:Sweep:Interval"] = "00:00:00", // the test says when
                ["Registry:Sweep:ChecksPerSecond"] = "5000",
                ["urls"] = "http://127.0.0.1:0",
            });
            builder.Logging.SetMinimumLevel(LogLevel.Warning);
            builder.Services.AddSingleton(_tables.DynamoDb);
            builder.Services.AddSingleton(_sqs);
            builder.Services.AddSingleton(EmulatorsFixture.Credentials);
            builder.Services.AddSingleton<TimeProvider>(_time);
        });
        await worker.StartAsync(Cancellation);
        return worker;
    }

    /// <summary>The machine's clock, except that a test may move it on.</summary>
    private sealed class MovableTime : TimeProvider
    {
        private long _aheadTicks;

        public void MoveOn(TimeSpan time) => Interlocked.Add(ref _aheadTicks, time.Ticks);

        public override DateTimeOffset GetUtcNow() => System.GetUtcNow().AddTicks(Interlocked.Read(ref _aheadTicks));
    }
}
