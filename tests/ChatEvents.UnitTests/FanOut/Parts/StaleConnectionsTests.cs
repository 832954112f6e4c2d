using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Queues;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class StaleConnectionsTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly RecordingSqs _sqs = new();
    private readonly RecordingLog _log = new();
    private readonly LoggerFactory _loggers;
    private readonly StaleConnections _stale;

    public StaleConnectionsTests()
    {
        _loggers = new LoggerFactory([_log]);
        _stale = new StaleConnections(
            new RouteEventPublisher(_sqs, new RouteEventQueues(), _time, () => 1), _time, _loggers.CreateLogger<StaleConnections>());
    }

    public void Dispose()
    {
        _stale.Dispose();
        _loggers.Dispose();
        _sqs.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task What_was_found_is_reported_as_it_was_found()
    {
        Assert.True(_stale.WhenIdleAsync().IsCompleted);
        Report("a=");
        var idle = _stale.WhenIdleAsync();
        Assert.False(idle.IsCompleted);

        await _stale.StartAsync(TestContext.Current.CancellationToken);
        await idle;

        Assert.True(_stale.WhenIdleAsync().IsCompleted);
        var (queue, body) = Assert.Single(_sqs.Published);
        Assert.Equal(QueueNames.Connections, queue);
        Assert.Equal(
            RouteEventJson.Write(new ConnectionClosed
            {
                ConnectionId = "a=",
                ClosedAt = _time.GetUtcNow(),
                Because = ClosedBecause.Gone,
                ConnectedAt = _time.GetUtcNow().AddMinutes(-5),
                FoundInRoom = "blue",
            }),
            body);
    }

    [Fact(Timeout = 30_000)]
    public async Task Reports_that_cannot_be_sent_are_dropped_and_the_next_go_on()
    {
        var isDown = true;
        _sqs.OnBatchSend = _ => isDown ? throw new HttpRequestException("Connection refused.") : Task.FromResult<List<BatchResultErrorEntry>>([]);
        await _stale.StartAsync(TestContext.Current.CancellationToken);
        Report("a=");
        await _stale.WhenIdleAsync();
        isDown = false;
        Report("b=");
        await _stale.WhenIdleAsync();

        Assert.Equal(["Error: 1 stale connections could not be reported; the next message will find them gone again."], _log.Lines);
        Assert.Equal(2, _sqs.BatchSends.All.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_that_stops_reports_what_it_has_found()
    {
        await _stale.StartAsync(TestContext.Current.CancellationToken);
        Report("first=");
        await _stale.WhenIdleAsync(); // one that is stopped before it has begun does nothing

        for (var number = 0; number < 150; number++) Report($"c{number}=");
        await _stale.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(151, _sqs.Published.Count);
        Report("late=");
        Assert.True(_stale.WhenIdleAsync().IsCompleted); // dropped: nobody would report it
    }

    [Fact(Timeout = 30_000)]
    public async Task More_than_can_be_remembered_are_dropped()
    {
        for (var number = 0; number < 10_001; number++) Report($"c{number}=");
        await _stale.StartAsync(TestContext.Current.CancellationToken);
        await _stale.WhenIdleAsync();
        await _stale.StopAsync(TestContext.Current.CancellationToken);

        Assert.Equal(10_000, _sqs.Published.Count);
    }

    private void Report(string id) => _stale.Report(
        new Connection(id, new CallbackEndpoint("https://ws.example.com/prod"), _time.GetUtcNow().AddMinutes(-5)), "blue");
}
