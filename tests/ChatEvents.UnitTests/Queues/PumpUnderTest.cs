using Amazon.SQS.Model;
using ChatEvents.Queues;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Queues;

/// <summary>A pump on a recording SQS and a fake clock, whose handler does what the test says, call by call.</summary>
internal sealed class PumpUnderTest(string queue = "connections") : IAsyncDisposable
{
    public const double NoJitter = 1;

    private readonly CancellationTokenSource _stopping = new();
    private readonly CancellationTokenSource _abandoning = new();
    private Task _running = Task.CompletedTask;
    private volatile bool _isOver;
    private CancellationToken _cancellation;

    public RecordingSqs Sqs { get; } = new();

    public FakeTime Time { get; } = new();

    public QueueGate Gate { get; } = new();

    public QueueOptions Options { get; } = new() { Receives = 1, MaxInHand = 10, DeleteLinger = TimeSpan.Zero };

    public Recorded<HandlerCall> Calls { get; } = new();

    public RecordingLog Log { get; } = new();

    public QueuePump Start(CancellationToken cancellation)
    {
        _cancellation = cancellation;
        var pump = new QueuePump(new(Sqs, queue, Options, CallAsync, Time, () => NoJitter, Log) { Gate = Gate });
        _running = pump.RunAsync(_stopping.Token, _abandoning.Token);
        return pump;
    }

    /// <summary>Takes no more; the task ends when the pump has.</summary>
    public Task StopAsync()
    {
        _stopping.Cancel();
        return _running.WaitAsync(_cancellation);
    }

    public Task AbandonAsync()
    {
        _abandoning.Cancel();
        return _running.WaitAsync(_cancellation);
    }

    public void PutIn(params Message[] messages) => Sqs.PutIn(messages);

    public Task<HandlerCall> NextCallAsync() => Calls.NextAsync(_cancellation);

    /// <summary>The ids of the messages of the next delete request, in order.</summary>
    public async Task<string[]> NextDeletedAsync()
    {
        var request = await Sqs.Deletes.NextAsync(_cancellation);
        return [.. request.Entries.Select(entry => entry.ReceiptHandle)];
    }

    /// <summary>The receipts of the next change of visibility, and for how many seconds, in order.</summary>
    public async Task<(string Receipt, int? Seconds)[]> NextHiddenAsync()
    {
        var request = await Sqs.VisibilityChanges.NextAsync(_cancellation);
        return [.. request.Entries.Select(entry => (entry.ReceiptHandle, entry.VisibilityTimeout))];
    }

    public async ValueTask DisposeAsync()
    {
        _isOver = true;
        await _stopping.CancelAsync();
        await _abandoning.CancelAsync();
        foreach (var call in Calls.All) call.Finish();
        await Patiently.UntilAsync("the pump to end", HasEnded, CancellationToken.None);
        await _running;
        Sqs.Dispose();

        // What settles may wait for the clock, which nobody else moves any more.
        bool HasEnded()
        {
            if (!_running.IsCompleted) Time.Advance(TimeSpan.FromSeconds(1));
            return _running.IsCompleted;
        }
    }

    private Task CallAsync(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
    {
        var call = new HandlerCall(message, turn, abandoned);
        Calls.Add(call);
        if (_isOver) call.Finish(); // it began after the test had ended
        return call.Ended;
    }
}

/// <summary>One call of the handler, which goes on until the test ends it.</summary>
internal sealed class HandlerCall
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _toldToStop = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HandlerCall(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
    {
        (Message, Turn) = (message, turn);
        abandoned.Register(() => _toldToStop.TrySetResult());
    }

    public ReceivedMessage Message { get; }

    public string MessageId => Message.MessageId;

    public GroupTurn Turn { get; }

    public Task Ended => _ended.Task;

    /// <summary>Ends when the handler's token is cancelled.</summary>
    public Task ToldToStop => _toldToStop.Task.WaitAsync(TestContext.Current.CancellationToken);

    public void Finish() => _ended.TrySetResult();

    public void Fail(Exception? failure = null) => _ended.TrySetException(failure ?? new InvalidOperationException("The handler failed."));

    /// <summary>Ends as a well-behaved handler does that was told to stop.</summary>
    public async Task StopWhenToldAsync()
    {
        await ToldToStop;
        _ended.TrySetCanceled(TestContext.Current.CancellationToken);
    }
}
