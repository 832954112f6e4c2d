using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>
/// Handles one message. If it returns, the message is deleted; if it throws, the message is returned to the queue.
/// <paramref name="abandoned"/> is cancelled when the message is no longer ours: its lease is lost, an earlier message of its group is
/// returned, or the pump gives up.
/// </summary>
public delegate Task HandleMessage(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned);

/// <summary>
/// Receives messages from a queue and handles them. A receive asks for as many messages as there are free slots; a slot is free again when
/// its message is settled. On a FIFO queue the messages of one group are handled in order, and different groups in parallel. docs/queues.md
/// has timelines of the hard cases.
/// </summary>
public sealed class QueuePump
{
    /// <summary>
    /// How long <see cref="FindSilenceAsync"/> waits. Shorter than the timeout of a container's health check; an answer takes 10 ms.
    /// </summary>
    private static readonly TimeSpan ProbeTimeout = TimeSpan.FromSeconds(3);

    private readonly HandledQueue _source;
    private readonly QueueUrls _urls;
    private readonly Func<Receiver> _newReceiver;
    private readonly ReceiveStatus _status;
    private readonly ReceiptRequests _requests;
    private readonly MessagesInHand _inHand = new();
    private readonly MessageWork _work;
    private readonly SemaphoreSlim _slots;

    public QueuePump(HandledQueue source)
    {
        _source = source;
        _urls = new QueueUrls(source.Sqs);
        _status = new(source.Queue, source.Jitter, source.Log);
        _newReceiver = () => new(source, _urls, _status);
        _requests = new(source, _urls);
        _work = new(source, new Settlement(source, _requests, _inHand).SettleAsync, _inHand);
        _slots = new(source.Options.MaxInHand);
    }

    /// <summary>Name or URL.</summary>
    public string Queue => _source.Queue;

    /// <summary>Whether the latest receive was answered.</summary>
    public bool IsReceiving => _status.IsReceiving;

    /// <summary>Why it is not receiving, in one sentence.</summary>
    public string WhyNotReceiving => _status.Trouble ?? $"Has not received from {Queue} yet.";

    /// <summary>
    /// Sends the queue a request that is answered at once. A long poll is silent for 20 s in normal operation, but also if its connection
    /// was dropped silently; this tells the two cases apart.
    /// </summary>
    /// <returns>A sentence when there was no answer; null after any answer, a refusal included.</returns>
    public async Task<string?> FindSilenceAsync(CancellationToken cancellation)
    {
        using var limit = new CancellationTokenSource(ProbeTimeout, _source.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, limit.Token);
        try
        {
            var request = new GetQueueAttributesRequest
            {
                QueueUrl = await _urls.OfAsync(Queue, either.Token),
                AttributeNames = [QueueAttributeName.QueueArn],
            };
            await _source.Sqs.GetQueueAttributesAsync(request, either.Token).WaitAsync(either.Token);
            return null;
        }
        catch (AmazonServiceException)
        {
            return null;
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested)
        {
            return limit.IsCancellationRequested
                ? $"{Queue} does not answer within {ProbeTimeout.TotalSeconds} s."
                : $"Cannot reach {Queue}: {failure.Message}";
        }
    }

    /// <summary>Receives until stopping, then waits until everything in hand is settled. Can be called once.</summary>
    /// <param name="stopping">Receive no more; finish what is in hand.</param>
    /// <param name="abandoning">Give up what is in hand: cancel the handlers and return the messages to the queue.</param>
    public async Task RunAsync(CancellationToken stopping, CancellationToken abandoning)
    {
        using var takingNoMore = CancellationTokenSource.CreateLinkedTokenSource(stopping, abandoning);
        using var givingUp = new CancellationTokenSource(Timeout.InfiniteTimeSpan, _source.Time);
        await using var grace = abandoning.Register(() => givingUp.CancelAfter(MessageWork.HandlerGrace));

        var receiving = Enumerable.Range(0, _source.Options.Receives)
            .Select(_ => ReceiveUntilAsync(takingNoMore.Token, abandoning, givingUp.Token));
        await Task.WhenAll(receiving);

        _status.Stopped();
        Log.Draining(_source.Log, Queue, _source.Options.MaxInHand - _slots.CurrentCount);
        for (var settled = 0; settled < _source.Options.MaxInHand; settled++) await _slots.WaitAsync(CancellationToken.None);
    }

    private async Task ReceiveUntilAsync(CancellationToken stopping, CancellationToken abandoning, CancellationToken givingUp)
    {
        var receiver = _newReceiver();
        while (await TakeSlotsAsync(stopping) is var free and > 0)
        {
            var messages = await receiver.ReceiveAsync(free, stopping);
            if (free > messages.Count) _slots.Release(free - messages.Count);
            foreach (var message in messages)
            {
                if (TakeInHand(ReceivedMessage.From(message)) is { } held) _ = WorkAsync(held, stopping, abandoning, givingUp);
                else _slots.Release();
            }
        }
    }

    /// <summary>Waits for the gate and a free slot, and takes as many slots as one receive can fill; none when stopping.</summary>
    private async Task<int> TakeSlotsAsync(CancellationToken stopping)
    {
        try
        {
            await _source.Gate.WaitUntilOpenAsync(stopping);
            await _slots.WaitAsync(stopping);
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            return 0;
        }

        var taken = 1;
        while (taken < SqsLimits.MaxBatchEntries && _slots.Wait(0, CancellationToken.None)) taken++;
        return taken;
    }

    /// <summary>Null if the message is in hand already.</summary>
    private HeldMessage? TakeInHand(ReceivedMessage message)
    {
        var held = new HeldMessage(message, new(message.Receipt, _source.Options.VisibilityTimeout, _requests, _source.Time));
        if (!_inHand.TryAdd(held)) return null;
        held.Lease.KeepAlive(lost: () => held.Drop(WorkOutcome.LeaseLost));
        return held;
    }

    /// <summary>Never throws: failures of handlers become outcomes, and failures to settle are logged.</summary>
    private async Task WorkAsync(HeldMessage held, CancellationToken stopping, CancellationToken abandoning, CancellationToken givingUp)
    {
        // A message that arrives after stopping is returned at once and not handled.
        if (stopping.IsCancellationRequested) held.Drop(WorkOutcome.Abandoned);
        await using var lettingGo = abandoning.Register(() => held.Drop(WorkOutcome.Abandoned));
        try
        {
            await _work.DoAsync(held, givingUp);
        }
        finally
        {
            _slots.Release();
        }
    }
}
