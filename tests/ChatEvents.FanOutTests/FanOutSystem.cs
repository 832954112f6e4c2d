using System.Collections.Concurrent;
using System.Net.Http.Json;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Local;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.ProtocolTests;
using ChatEvents.ProtocolTests.FanOut;
using ChatEvents.UnitTests.FanOut;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.FanOutTests;

/// <summary>
/// Fan-out workers as they are, between real servers: queues, tables, and the local gateway, which verifies signatures and can be told to
/// fail. Connections are WebSockets. Their rows are the test's own, because it wants to say how old a connection is.
/// </summary>
internal sealed class FanOutSystem : IAsyncDisposable
{
    private static readonly TimeSpan OldEnough = TimeSpan.FromHours(1);

    private readonly RunningFanOut _fanOut;
    private readonly ConcurrentDictionary<string, string> _idsByClient = [];
    private readonly List<GatewayClient> _clients = [];
    private readonly List<WebApplication> _workers = [];
    private int _connects;

    private FanOutSystem(RunningFanOut fanOut, TestGateway gateway) => (_fanOut, Gateway) = (fanOut, gateway);

    public TestGateway Gateway { get; }

    public RunningFanOut Servers => _fanOut;

    /// <summary>What all workers logged.</summary>
    public RecordingLogs Logs { get; } = new();

    /// <summary>Where the gateway takes posts.</summary>
    public string Endpoint => $"{Gateway.Address}local";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<FanOutSystem> StartAsync(
        EmulatorsFixture emulators, Action<GatewayOptions>? configure = null, TimeProvider? time = null)
    {
        LocalSettings.CompleteEnvironment(); // Amazon's client takes the region from there
        var credentials = await EmulatorsFixture.Credentials.GetCredentialsAsync();
        var gateway = await TestGateway.StartAsync(
            Cancellation,
            options =>
            {
                options.Route("$connect", "connect").Route("$disconnect", "disconnect");
                options.Region = EmulatorsFixture.Region;
                options.Signing.Keys[credentials.AccessKey] = credentials.SecretKey;
                options.Faults.AdminEndpoint = true;
                configure?.Invoke(options);
            },
            time);
        var system = new FanOutSystem(await RunningFanOut.CreateAsync(emulators), gateway);
        gateway.Serve("disconnect", _ => Api.Ok);
        gateway.Serve(
            "connect",
            @event =>
            {
                system._idsByClient[@event.GetProperty("queryStringParameters").GetProperty("client").GetString()!] = @event.ConnectionId();
                return Api.Ok;
            },
            environments: 4);
        return system;
    }

    /// <summary>Starts one worker; several may run at once.</summary>
    public async Task<WebApplication> StartWorkerAsync(params (string Setting, string Value)[] settings) =>
        await StartWorkerAsync(_ => { }, settings);

    public async Task<WebApplication> StartWorkerAsync(
        Action<WebApplicationBuilder> configure, params (string Setting, string Value)[] settings)
    {
        var worker = await _fanOut.StartWorkerAsync(
            builder =>
            {
                builder.Logging.ClearProviders().AddProvider(Logs);
                configure(builder);
            },
            settings);
        _workers.Add(worker);
        return worker;
    }

    /// <summary>The poster that a worker with these settings uses, by itself.</summary>
    public async Task<IConnectionPoster> StartPosterAsync(params (string Setting, string Value)[] settings) =>
        (await StartWorkerAsync(settings)).Services.GetRequiredService<IConnectionPoster>();

    /// <summary>A client in some rooms, which has been there for an hour as far as its rows tell.</summary>
    public async Task<GatewayClient> ConnectAsync(params IReadOnlyCollection<string> rooms)
    {
        var client = await OpenAsync();
        await RegisterAsync(client, OldEnough, rooms);
        _ = client.ReadAsync();
        return client;
    }

    public async Task<IReadOnlyList<GatewayClient>> ConnectAsync(int count, params IReadOnlyCollection<string> rooms)
    {
        var clients = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => OpenAsync()));
        await Task.WhenAll(clients.Select(client => RegisterAsync(client, OldEnough, rooms)));
        foreach (var client in clients) _ = client.ReadAsync();
        return clients;
    }

    /// <summary>A client that the tables know nothing of, and that does not read.</summary>
    public async Task<GatewayClient> OpenAsync()
    {
        var number = $"{Interlocked.Increment(ref _connects)}";
        var socket = await Gateway.ConnectAsync(Cancellation, query: $"?client={number}");
        var client = new GatewayClient(socket, _idsByClient[number]);
        lock (_clients) _clients.Add(client);
        return client;
    }

    public Task RegisterAsync(GatewayClient client, TimeSpan age, params IReadOnlyCollection<string> rooms) =>
        RegisterAsync(client.Id, age, rooms);

    public Task RegisterAsync(string connectionId, TimeSpan age, params IReadOnlyCollection<string> rooms) => _fanOut.AddConnectionAsync(
        connectionId, Endpoint, TimeProvider.System.GetUtcNow() - age, rooms.Count == 0 ? [Room.Everyone] : rooms);

    /// <summary>The connection as a poster takes it.</summary>
    public Connection ConnectionOf(string connectionId) =>
        new(connectionId, new CallbackEndpoint(Endpoint), TimeProvider.System.GetUtcNow() - OldEnough);

    public Task SayAsync(string text, string room = Room.Everyone) => _fanOut.PostAsync($"{room}-{text}", text, room);

    /// <summary>Replaces the faults that the gateway injects from now on.</summary>
    public async Task InjectAsync(object faults)
    {
        using var answer = await Gateway.Http.PutAsJsonAsync("/_gateway/faults", faults, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_workers.Select(worker => worker.StopAsync()));
        foreach (var worker in _workers) await worker.DisposeAsync();
        foreach (var client in _clients) await client.DisposeAsync();
        await Gateway.DisposeAsync();
        await _fanOut.DisposeAsync();
    }
}
