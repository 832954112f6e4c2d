using System.Threading.Channels;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Queues;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Tells the registry of connections that turned out to be gone, as the same event that a <c>$disconnect</c> makes: this worker does
/// not write the registry. Beside the posts, so that none of them waits for SQS.
/// </summary>
public sealed partial class StaleConnections(RouteEventPublisher publisher, TimeProvider time, ILogger<StaleConnections> logger)
    : BackgroundService
{
    /// <summary>Ten requests of ten events; arbitrary.</summary>
    private const int MaxAtOnce = 100;

    /// <summary>When it is full, reports are dropped: the next message to the same connection finds it gone again.</summary>
    private readonly Channel<ConnectionClosed> _found =
        Channel.CreateBounded<ConnectionClosed>(new BoundedChannelOptions(10_000) { FullMode = BoundedChannelFullMode.DropWrite });

    /// <param name="connection">As the registry knew it before the post.</param>
    /// <param name="room">In whose membership it was found.</param>
    public void Report(Connection connection, string room) => _found.Writer.TryWrite(new ConnectionClosed
    {
        ConnectionId = connection.Id,
        ClosedAt = time.GetUtcNow(),
        Because = ClosedBecause.Gone,
        ConnectedAt = connection.ConnectedAt,
        FoundInRoom = room,
    });

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _found.Writer.TryComplete(); // what is in it is still published, unless that takes too long
        return base.StopAsync(cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var batch = new List<IRouteEvent>();
        while (await _found.Reader.WaitToReadAsync(CancellationToken.None))
        {
            batch.Clear();
            while (batch.Count < MaxAtOnce && _found.Reader.TryRead(out var closed))
            {
                batch.Add(closed);
            }

            try
            {
                await publisher.PublishAsync(batch, CancellationToken.None);
            }
            catch (Exception failure) when (failure is not OutOfMemoryException)
            {
                CannotReport(batch.Count, failure);
            }
        }
    }

    [LoggerMessage(LogLevel.Error,
        "{Connections} stale connections could not be reported; they will be found gone again by the next message.")]
    private partial void CannotReport(int connections, Exception failure);
}
