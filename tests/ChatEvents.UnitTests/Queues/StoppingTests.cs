using Amazon.SQS.Model;
using static ChatEvents.Testing.RecordingSqs;

namespace ChatEvents.UnitTests.Queues;

public sealed class StoppingTests : IAsyncDisposable
{
    private readonly PumpUnderTest _pump = new();

    public ValueTask DisposeAsync() => _pump.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task Stopping_lets_work_in_hand_finish_and_settles_it()
    {
        _pump.PutIn(MessageOf("a"), MessageOf("b"));
        _pump.Start(TestContext.Current.CancellationToken);
        HandlerCall[] calls = [await _pump.NextCallAsync(), await _pump.NextCallAsync()]; // in any order
        var (done, failing) = (calls.Single(call => call.MessageId == "a"), calls.Single(call => call.MessageId == "b"));

        var stopped = _pump.StopAsync();
        done.Finish();
        Assert.Equal(["a-1"], await _pump.NextDeletedAsync());
        Assert.False(stopped.IsCompleted);
        failing.Fail();
        Assert.Equal([("b-1", 1)], await _pump.NextHiddenAsync());

        await stopped;
        Assert.False(done.ToldToStop.IsCompleted);
    }

    [Fact(Timeout = 30_000)]
    public async Task Stopping_ends_a_long_poll_at_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var pump = _pump.Start(cancellation);
        await _pump.Sqs.Receives.NextAsync(cancellation);
        await _pump.Sqs.Receives.NextAsync(cancellation);

        await _pump.StopAsync();

        Assert.False(pump.IsReceiving);
        Assert.Equal(2, _pump.Sqs.Receives.All.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task Messages_that_arrive_although_stopping_began_are_returned_at_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var answer = new TaskCompletionSource();
        _pump.PutIn(MessageOf("late"), MessageOf("later"));
        _pump.Sqs.OnReceive = _ => answer.Task;
        _pump.Start(cancellation);
        await _pump.Sqs.Receives.NextAsync(cancellation);

        var stopped = _pump.StopAsync();
        answer.SetResult();
        await stopped;

        var returned = _pump.Sqs.VisibilityChanges.All.SelectMany(request => request.Entries).ToList();
        Assert.Equal(["late-1", "later-1"], returned.Select(entry => entry.ReceiptHandle).Order());
        Assert.All(returned, entry => Assert.Equal(0, entry.VisibilityTimeout));
        Assert.Empty(_pump.Calls.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task Abandoning_cancels_handlers_and_returns_their_messages_at_once()
    {
        _pump.PutIn(MessageOf("a"));
        _pump.Start(TestContext.Current.CancellationToken);
        var call = await _pump.NextCallAsync();

        var ended = _pump.AbandonAsync();
        await call.StopWhenToldAsync();

        Assert.Equal([("a-1", 0)], await _pump.NextHiddenAsync());
        await ended;
    }

    [Fact(Timeout = 30_000)]
    public async Task Abandoning_does_not_wait_for_a_handler_that_ignores_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.PutIn(MessageOf("a"));
        _pump.Start(cancellation);
        var deaf = await _pump.NextCallAsync();

        var ended = _pump.AbandonAsync();
        await deaf.ToldToStop;
        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(1), cancellation);

        Assert.Equal([("a-1", 0)], await _pump.NextHiddenAsync());
        await ended;
    }

    [Fact(Timeout = 30_000)]
    public async Task Work_that_is_done_is_deleted_even_while_everything_stops()
    {
        var deleting = new TaskCompletionSource<List<BatchResultErrorEntry>>();
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnDelete = _ => deleting.Task;
        _pump.Start(TestContext.Current.CancellationToken);
        (await _pump.NextCallAsync()).Finish();
        await _pump.NextDeletedAsync();

        var ended = _pump.AbandonAsync();
        Assert.False(ended.IsCompleted);
        deleting.SetResult([]);

        await ended;
        Assert.Empty(_pump.Sqs.VisibilityChanges.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_server_that_does_not_answer_holds_up_the_end_for_five_seconds_at_most()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.PutIn(MessageOf("a"));
        _pump.Sqs.OnVisibilityChange = _ => new TaskCompletionSource<List<BatchResultErrorEntry>>().Task;
        _pump.Start(cancellation);
        (await _pump.NextCallAsync()).Fail();
        await _pump.NextHiddenAsync();

        var ended = _pump.StopAsync();
        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(5), cancellation);

        await ended;
    }
}
