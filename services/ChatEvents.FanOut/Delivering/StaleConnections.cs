using System.Threading.Channels;
using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Queues;

namespace ChatEvents.FanOut.Delivering;

/// <summary>
/// Reports connections that turned out to be gone to the registry, as the same event that a <c>$disconnect</c> causes: this worker does not
/// write the registry. Runs in the background, so that no post waits for SQS.
/// </summary>
public sealed partial class StaleConnections(RouteEventPublisher publisher, TimeProvider time, ILogger<StaleConnections> logger)
    : BackgroundService, IBackgroundWork
{
    /// <summary>Ten requests of ten events. Arbitrary.</summary>
    private const int MaxAtOnce = 100;

    /// <summary>Further reports are dropped: the next message to the connection finds it gone again.</summary>
    private const int MaxUnreported = 10_000;

    private readonly Channel<ConnectionClosed> _found = Channel.CreateUnbounded<ConnectionClosed>();
    private readonly WorkUnderWay _unreported = new();

    /// <param name="connection">As the registry knew it before the post.</param>
    /// <param name="room">The room in which it was found.</param>
    public void Report(Connection connection, string room)
    {
        if (!_unreported.TryBegin(MaxUnreported)) return;
        var closed = new ConnectionClosed
        {
            ConnectionId = connection.Id,
            ClosedAt = time.GetUtcNow(),
            Because = ClosedBecause.Gone,
            ConnectedAt = connection.ConnectedAt,
            FoundInRoom = room,
        };
        if (!_found.Writer.TryWrite(closed)) _unreported.End(1); // stopped
    }

    public Task WhenIdleAsync() => _unreported.WhenIdleAsync();

    public override Task StopAsync(CancellationToken cancellationToken)
    {
        _found.Writer.TryComplete(); // reports in it are still published, unless that takes too long
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

            _unreported.End(batch.Count);
        }
    }

    [LoggerMessage(LogLevel.Error,
        "{Connections} stale connections could not be reported; the next message will find them gone again.")]
    private partial void CannotReport(int connections, Exception failure);
}
