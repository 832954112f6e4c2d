using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.Queues;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.Bench.Chat;

/// <summary>Whole fan-out workers between their queue and the local gateway, with WebSockets that read.</summary>
internal sealed class BenchChat : IAsyncDisposable
{
    private static readonly RouteEventQueues Queues = new();

    private readonly BenchServers _servers;
    private readonly HttpChoice _http;
    private readonly List<WebApplication> _workers = [];
    private int _messages;

    private BenchChat(BenchServers servers, GatewayProcess gateway, HttpChoice http) => (_servers, Gateway, _http) = (servers, gateway, http);

    public GatewayProcess Gateway { get; }

    /// <param name="http">What the workers speak with the gateway.</param>
    /// <param name="quota">Requests a second that the gateway allows; 0 is no quota.</param>
    /// <param name="latency">Before the gateway's answer to each post.</param>
    public static async Task<BenchChat> StartAsync(HttpChoice http, int quota, TimeSpan latency = default) =>
        new(await BenchServers.StartAsync(), await GatewayProcess.StartAsync(quota, latency), http);

    /// <summary>Makes the clients members of a room, as if they had been there for an hour.</summary>
    public Task JoinAsync(string room, IEnumerable<string> connectionIds) =>
        _servers.FillAsync(room, connectionIds, Gateway.EndpointOf(_http));

    public async Task<IServiceProvider> StartWorkerAsync(Action<WebApplicationBuilder> configure)
    {
        var worker = await _servers.StartFanOutAsync(builder =>
        {
            builder.Services.Configure<FanOutOptions>(options => options.Http = _http);
            configure(builder);
        });
        _workers.Add(worker);
        return worker.Services;
    }

    public Task SayAsync(string room, string text) => new RouteEventPublisher(_servers.Sqs, Queues).PublishAsync(
        new MessagePosted
        {
            MessageId = $"m{_messages++}",
            ConnectionId = "sender=",
            Room = room,
            Message = text,
            PostedAt = TimeProvider.System.GetUtcNow(),
        },
        CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(_workers.Select(worker => worker.StopAsync()));
        foreach (var worker in _workers)
        {
            await worker.DisposeAsync();
        }

        Gateway.Dispose();
        await _servers.DisposeAsync();
    }
}
