using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Json;
using System.Text;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Rooms;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Local;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.ProtocolTests.FanOut;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>
/// Fan-out workers as they are, between real servers: queues, tables, and the local gateway, which verifies signatures and can be told to
/// fail. Connections are WebSockets. Their rows are the test's own, because it wants to say how old a connection is.
/// </summary>
internal sealed class FanOutSystem : IAsyncDisposable
{
    private static readonly TimeSpan OldEnough = TimeSpan.FromHours(1);

    private readonly RunningFanOut _servers;
    private readonly ConcurrentDictionary<string, string> _keys;
    private readonly TimeProvider _time;
    private readonly HttpChoice _http;
    private readonly ConcurrentDictionary<string, string> _idsByClient = [];
    private readonly ConcurrentBag<GatewayClient> _clients = [];
    private readonly List<WebApplication> _workers = [];
    private int _connects;

    private FanOutSystem(
        RunningFanOut servers, TestGateway gateway, ConcurrentDictionary<string, string> keys, TimeProvider time, HttpChoice http)
    {
        (_servers, Gateway, _keys, _time, _http) = (servers, gateway, keys, time, http);
        gateway.Serve("disconnect", _ => Api.Ok);
        gateway.Serve("connect", AnswerConnectAsync, environments: 4);
    }

    public TestGateway Gateway { get; }

    /// <summary>What all workers logged.</summary>
    public RecordingLog Logs { get; } = new();

    /// <summary>The queue of chat messages.</summary>
    public string MessagesQueue => _servers.MessagesQueue;

    /// <summary>Where the gateway takes posts.</summary>
    public string Endpoint => $"{(_http == HttpChoice.Http2 ? Gateway.Http2Address : Gateway.Address)}local";

    /// <summary>Runs in <c>$connect</c> of each connection, whose handshake waits for it.</summary>
    public Func<string, Task> OnConnect { get; set; } = _ => Task.CompletedTask;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <param name="emulators">Queues and tables.</param>
    /// <param name="cancellation">Ends the gateway at the latest.</param>
    /// <param name="configure">Settings of the gateway other than the usual ones.</param>
    /// <param name="time">The clock of gateway and workers.</param>
    /// <param name="http">What the workers speak to the gateway.</param>
    public static async Task<FanOutSystem> StartAsync(
        EmulatorsFixture emulators,
        CancellationToken cancellation,
        Action<GatewayOptions>? configure = null,
        TimeProvider? time = null,
        HttpChoice http = HttpChoice.Http1)
    {
        time ??= TimeProvider.System;
        LocalSettings.CompleteEnvironment(); // Amazon's client takes the region from there
        var credentials = await EmulatorsFixture.Credentials.GetCredentialsAsync();
        var keys = new ConcurrentDictionary<string, string> { [credentials.AccessKey] = credentials.SecretKey };
        var gateway = await TestGateway.StartAsync(
            cancellation,
            options =>
            {
                options.Route("$connect", "connect").Route("$disconnect", "disconnect");
                options.Region = EmulatorsFixture.Region;
                options.Signing.Keys = keys;
                options.Faults.AdminEndpoint = true;
                if (http == HttpChoice.Http2) options.Http2Port = 0;
                configure?.Invoke(options);
            },
            time);
        return new FanOutSystem(await RunningFanOut.CreateAsync(emulators), gateway, keys, time, http);
    }

    /// <summary>Starts one worker; several may run at once.</summary>
    public Task<WebApplication> StartWorkerAsync(params (string Setting, string Value)[] settings) => StartWorkerAsync(_ => { }, settings);

    public async Task<WebApplication> StartWorkerAsync(
        Action<WebApplicationBuilder> configure, params (string Setting, string Value)[] settings)
    {
        var worker = await _servers.StartWorkerAsync(
            builder =>
            {
                builder.Logging.ClearProviders().AddProvider(Logs);
                builder.Services.AddSingleton(_time);
                configure(builder);
            },
            [("FanOut:Http", $"{_http}"), .. settings]);
        _workers.Add(worker);
        return worker;
    }

    /// <summary>A client in some rooms, which has been there for an hour as far as its rows tell.</summary>
    public async Task<GatewayClient> ConnectAsync(params IReadOnlyCollection<string> rooms)
    {
        var client = await OpenAsync();
        await RegisterAsync(client.Id, OldEnough, rooms);
        _ = client.ReadAsync();
        return client;
    }

    public async Task<IReadOnlyList<GatewayClient>> ConnectAsync(int count, params IReadOnlyCollection<string> rooms) =>
        await Task.WhenAll(Enumerable.Range(0, count).Select(_ => ConnectAsync(rooms)));

    /// <summary>A client that the tables know nothing of, and that does not read.</summary>
    public async Task<GatewayClient> OpenAsync()
    {
        var number = $"{Interlocked.Increment(ref _connects)}";
        var socket = await Gateway.ConnectAsync(Cancellation, query: $"?client={number}");
        var client = new GatewayClient(socket, _idsByClient[number]);
        _clients.Add(client);
        return client;
    }

    public Task RegisterAsync(string connectionId, TimeSpan age, params IReadOnlyCollection<string> rooms) =>
        RegisterAtAsync(Endpoint, connectionId, age, rooms);

    public Task RegisterAtAsync(string endpoint, string connectionId, TimeSpan age, params IReadOnlyCollection<string> rooms) =>
        _servers.AddConnectionAsync(
            connectionId, endpoint, _time.GetUtcNow() - age, rooms.Count == 0 ? [Room.Everyone] : rooms);

    /// <summary>The connection as a poster takes it.</summary>
    public Connection ConnectionOf(string connectionId) =>
        new(connectionId, new CallbackEndpoint(Endpoint), _time.GetUtcNow() - OldEnough);

    /// <summary>Puts a chat message on its queue; its id is the room and the text, without spaces.</summary>
    public Task SayAsync(string text, string room = Room.Everyone) =>
        _servers.PostAsync($"{room}-{text.Replace(' ', '-')}", text, room, _time.GetUtcNow());

    /// <summary>Puts a long chat message on its queue.</summary>
    public Task SayAsync(string messageId, int length) =>
        _servers.PostAsync(messageId, new string('x', length), at: _time.GetUtcNow());

    /// <summary>Replaces the faults that the gateway injects from now on.</summary>
    public async Task InjectAsync(object faults)
    {
        using var answer = await Gateway.Http.PutAsJsonAsync("/_gateway/faults", faults, Cancellation);
        answer.EnsureSuccessStatusCode();
    }

    /// <summary>From now on the gateway knows the workers' key with another secret, or the right one again.</summary>
    public async Task TrustWorkersAsync(bool trust)
    {
        var credentials = await EmulatorsFixture.Credentials.GetCredentialsAsync();
        _keys[credentials.AccessKey] = trust ? credentials.SecretKey : "another secret";
    }

    /// <summary>Waits until each of the clients has at least this many messages.</summary>
    public static Task UntilReceivedAsync(IEnumerable<GatewayClient> clients, int messages) => Patiently.SeeAsync(
        $"{messages} messages at every client",
        () => Task.FromResult(clients.Min(client => client.Received.Count)),
        fewest => fewest >= messages,
        Cancellation,
        TimeSpan.FromSeconds(60));

    /// <summary>Waits until no chat message is on the queue or in hand.</summary>
    public Task UntilQueueIsEmptyAsync() => Patiently.SeeAsync(
        "an empty queue of chat messages", () => CountAsync(_servers.MessagesQueue), count => count == 0, Cancellation);

    /// <summary>How many late deliveries there are, waiting or in hand; a connection that is parked has some.</summary>
    public Task<int> CountLateAsync() => CountAsync(_servers.LateQueue);

    public Task<int> CountDeadLettersAsync() => CountAsync($"dead-{_servers.MessagesQueue}");

    /// <summary>What the registry was told and nobody has taken yet: the connections that were reported closed.</summary>
    public async Task<IReadOnlyList<ConnectionClosed>> TakeReportsAsync()
    {
        var queue = await UrlOfAsync(_servers.ConnectionsQueue);
        var received = await _servers.Sqs.ReceiveMessageAsync(
            new ReceiveMessageRequest { QueueUrl = queue, MaxNumberOfMessages = 10, VisibilityTimeout = 600 }, Cancellation);
        return [.. (received.Messages ?? []).Select(message => RouteEventJson.Read<ConnectionClosed>(Encoding.UTF8.GetBytes(message.Body), FakeTime.LongAfter))];
    }

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_workers.Select(worker => worker.StopAsync()));
        foreach (var worker in _workers) await worker.DisposeAsync();
        foreach (var client in _clients) await client.DisposeAsync();
        await Gateway.DisposeAsync();
        await _servers.DisposeAsync();
    }

    private async Task<object?> AnswerConnectAsync(System.Text.Json.JsonElement @event)
    {
        var id = @event.ConnectionId();
        _idsByClient[@event.GetProperty("queryStringParameters").GetProperty("client").GetString()!] = id;
        await OnConnect(id);
        return Api.Ok;
    }

    private async Task<int> CountAsync(string queue)
    {
        var attributes = await _servers.Sqs.GetQueueAttributesAsync(
            new GetQueueAttributesRequest { QueueUrl = await UrlOfAsync(queue), AttributeNames = ["All"] }, Cancellation);
        string[] counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"];
        return counts.Sum(count => int.Parse(attributes.Attributes[count], CultureInfo.InvariantCulture));
    }

    private async Task<string> UrlOfAsync(string queue) => (await _servers.Sqs.GetQueueUrlAsync(queue, Cancellation)).QueueUrl;
}
