using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Bench.Chat;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rendering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.Bench;

/// <summary>
/// The whole worker as it runs, its pumps waiting at empty queues. It posts to a sink, and reads a room from a DynamoDB emulator in a process
/// of its own.
/// </summary>
internal sealed class BenchFanOut : IAsyncDisposable
{
    private readonly BenchServers _servers;
    private readonly WebApplication _worker;

    private BenchFanOut(BenchServers servers, WebApplication worker) => (_servers, _worker) = (servers, worker);

    public CountingDynamoDb Dynamo => _servers.Dynamo;

    public IConnectionPoster Poster => _worker.Services.GetRequiredService<IConnectionPoster>();

    /// <param name="connections">How many rows the room of everyone has.</param>
    /// <param name="endpoint">Where the rows say they can be reached.</param>
    /// <param name="configure">Settings other than the defaults.</param>
    /// <param name="dialectOf">What each connection's client speaks, by its number; all are plain by default.</param>
    /// <param name="exports">
    /// Whether meters and traces are gathered for export, as they are in production; to nobody, and for all workers of this process.
    /// </param>
    public static async Task<BenchFanOut> StartAsync(
        int connections, string endpoint, Action<FanOutOptions>? configure = null, bool exports = false, Func<int, Dialect>? dialectOf = null)
    {
        var servers = await BenchServers.StartAsync();
        await servers.FillAsync(
            Room.Everyone,
            Enumerable.Range(0, connections).Select(ConnectionIdOf),
            endpoint,
            dialectOf is null ? null : id => dialectOf(int.Parse(id.AsSpan(0, id.Length - 1), CultureInfo.InvariantCulture)));

        var worker = await servers.StartFanOutAsync(
            builder => builder.Services.Configure<FanOutOptions>(options =>
            {
                options.DivideAbove = 10_000_000; // what one worker costs that walks the whole room
                configure?.Invoke(options);
            }),
            exports ? ["--OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:9"] : []);
        return new BenchFanOut(servers, worker);
    }

    public static string ConnectionIdOf(int number) => $"{number:D15}=";

    /// <summary>One message to the whole room, as the consumer does it; a new one each time, because one that was walked is not walked again.</summary>
    public async Task<DeliveryTally> WalkAsync()
    {
        var message = new RoomMessage(
            new()
            {
                MessageId = Guid.NewGuid().ToString("N"),
                ConnectionId = "sender=",
                Room = Room.Everyone,
                Message = "Hello everyone",
                PostedAt = TimeProvider.System.GetUtcNow(),
            },
            _worker.Services.GetRequiredService<MessageFrames>());
        var everyone = new WalkScope(Room.Everyone);
        await _worker.Services.GetRequiredService<RoomWalks>().JoinAsync(everyone, message, SavedWalk.None(everyone), CancellationToken.None);
        return message.Tally;
    }

    public async ValueTask DisposeAsync()
    {
        await _worker.StopAsync();
        await _worker.DisposeAsync();
        await _servers.DisposeAsync();
    }
}

/// <summary>Counts the pages that are read.</summary>
internal sealed class CountingDynamoDb(AmazonDynamoDBConfig config) : RoomRowsClient(BenchServers.Credentials, config)
{
    private int _queries;

    public int TakeQueries() => Interlocked.Exchange(ref _queries, 0);

    public override Task<RoomRowsResponse> QueryRowsAsync(QueryRequest request, CancellationToken cancellationToken)
    {
        Interlocked.Increment(ref _queries);
        return base.QueryRowsAsync(request, cancellationToken);
    }
}
