using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>
/// Requests to SQS with a receipt, in batches of ten whose entries can fail one by one. A request has its own time limit and no other
/// token, because finished work must be settled even while everything stops.
/// </summary>
internal sealed class ReceiptRequests
{
    /// <summary>Arbitrary; far more than SQS takes, far less than a stopping container has.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Leases of messages received together are due together; this renews them in few requests. It is short compared with the third of the
    /// timeout that a renewal has left.
    /// </summary>
    private static readonly TimeSpan RenewalLinger = TimeSpan.FromMilliseconds(100);

    /// <summary>Requests of one kind in flight. Arbitrary; at 10 ms a request it is 4,000 messages a second.</summary>
    private const int CallsAtOnce = 4;

    private readonly HandledQueue _source;
    private readonly QueueUrls _urls;
    private readonly Batcher<Receipt, bool> _deletes;
    private readonly Batcher<Hide, bool> _renewals;
    private readonly Batcher<Hide, bool> _returns;

    public ReceiptRequests(HandledQueue source, QueueUrls urls)
    {
        (_source, _urls) = (source, urls);

        // SQS holds back the rest of a group until this message is gone, so on a FIFO queue a delete does not wait for others.
        _deletes = new(Limits(source.IsFifo ? TimeSpan.Zero : source.Options.DeleteLinger), SendDeletesAsync, source.Time);
        _renewals = new(Limits(RenewalLinger), SendHidesAsync, source.Time);
        _returns = new(Limits(TimeSpan.Zero), SendHidesAsync, source.Time);

        static BatchLimits Limits(TimeSpan linger) => new(SqsLimits.MaxBatchEntries, CallsAtOnce, linger, Lingering.Always);
    }

    /// <summary>Settles a message as done.</summary>
    public Task DeleteAsync(Receipt receipt) => _deletes.AskAsync(receipt);

    /// <summary>Keeps a message hidden for a time from now on.</summary>
    public Task RenewAsync(Receipt receipt, TimeSpan timeout) => _renewals.AskAsync(new(receipt, timeout));

    /// <summary>Makes a message visible again after a delay, rounded up to whole seconds.</summary>
    public Task ReturnAsync(Receipt receipt, TimeSpan delay) => _returns.AskAsync(new(receipt, delay));

    private async Task SendDeletesAsync(IReadOnlyList<BatchedRequest<Receipt, bool>> deletes)
    {
        using var limit = new CancellationTokenSource(TimeLimit, _source.Time);
        var entries = deletes.Select((delete, i) => new DeleteMessageBatchRequestEntry($"{i}", delete.Request.Handle)).ToList();
        var url = await _urls.OfAsync(_source.Queue, limit.Token);
        var response = await _source.Sqs.DeleteMessageBatchAsync(new(url, entries), limit.Token);
        Answer(deletes, response.Failed);
    }

    private async Task SendHidesAsync(IReadOnlyList<BatchedRequest<Hide, bool>> hides)
    {
        using var limit = new CancellationTokenSource(TimeLimit, _source.Time);
        var entries = hides.Select((hide, i) => new ChangeMessageVisibilityBatchRequestEntry($"{i}", hide.Request.Receipt.Handle)
        {
            VisibilityTimeout = (int)Math.Ceiling(hide.Request.Timeout.TotalSeconds),
        }).ToList();
        var url = await _urls.OfAsync(_source.Queue, limit.Token);
        var response = await _source.Sqs.ChangeMessageVisibilityBatchAsync(new(url, entries), limit.Token);
        Answer(hides, response.Failed);
    }

    private static void Answer<TRequest>(IReadOnlyList<BatchedRequest<TRequest, bool>> requests, List<BatchResultErrorEntry>? failed)
    {
        foreach (var entry in failed ?? []) requests[int.Parse(entry.Id, null)].Fail(entry.ToException());
        foreach (var request in requests) request.Answer(true);
    }

    private readonly record struct Hide(Receipt Receipt, TimeSpan Timeout);
}
