using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>
/// What can be asked of SQS with a receipt, in batches of ten whose entries fail one by one. A request has a time limit of its own and
/// no other token: work that is done must be settled also while everything stops.
/// </summary>
internal sealed class ReceiptRequests
{
    /// <summary>Arbitrary; far more than SQS takes, far less than a stopping container has.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Leases of messages received together fall due together; this catches them in few requests, and is short beside the third of the
    /// timeout that a renewal has left.
    /// </summary>
    private static readonly TimeSpan RenewalLinger = TimeSpan.FromMilliseconds(100);

    private readonly HandledQueue _source;
    private readonly QueueUrls _urls;
    private readonly Batcher<Receipt> _deletes;
    private readonly Batcher<(Receipt Receipt, TimeSpan Timeout)> _renewals;
    private readonly Batcher<(Receipt Receipt, TimeSpan Timeout)> _returns;

    public ReceiptRequests(HandledQueue source, QueueUrls urls)
    {
        (_source, _urls) = (source, urls);

        // SQS holds back the rest of a group until this message is gone, so on a FIFO queue a delete does not wait for company.
        var isFifo = source.Queue.EndsWith(QueueSetup.FifoSuffix, StringComparison.Ordinal);
        _deletes = new(isFifo ? TimeSpan.Zero : source.Options.DeleteLinger, SendDeletesAsync, source.Time);
        _renewals = new(RenewalLinger, SendHidesAsync, source.Time);
        _returns = new(TimeSpan.Zero, SendHidesAsync, source.Time);
    }

    /// <summary>Settles a message as done.</summary>
    public Task DeleteAsync(Receipt receipt) => _deletes.AddAsync(receipt);

    /// <summary>Keeps a message hidden for a time from now on.</summary>
    public Task RenewAsync(Receipt receipt, TimeSpan timeout) => _renewals.AddAsync((receipt, timeout));

    /// <summary>Makes a message visible again after a delay, rounded up to whole seconds.</summary>
    public Task ReturnAsync(Receipt receipt, TimeSpan delay) => _returns.AddAsync((receipt, delay));

    private async Task<Exception?[]> SendDeletesAsync(IReadOnlyList<Receipt> receipts)
    {
        using var limit = new CancellationTokenSource(TimeLimit, _source.Time);
        var entries = receipts.Select((receipt, i) => new DeleteMessageBatchRequestEntry($"{i}", receipt.Handle)).ToList();
        var url = await _urls.OfAsync(_source.Queue, limit.Token);
        var response = await _source.Sqs.DeleteMessageBatchAsync(new(url, entries), limit.Token);
        return FailureByEntry(receipts.Count, response.Failed);
    }

    private async Task<Exception?[]> SendHidesAsync(IReadOnlyList<(Receipt Receipt, TimeSpan Timeout)> hides)
    {
        using var limit = new CancellationTokenSource(TimeLimit, _source.Time);
        var entries = hides.Select((hide, i) => new ChangeMessageVisibilityBatchRequestEntry($"{i}", hide.Receipt.Handle)
        {
            VisibilityTimeout = (int)Math.Ceiling(hide.Timeout.TotalSeconds),
        }).ToList();
        var url = await _urls.OfAsync(_source.Queue, limit.Token);
        var response = await _source.Sqs.ChangeMessageVisibilityBatchAsync(new(url, entries), limit.Token);
        return FailureByEntry(hides.Count, response.Failed);
    }

    private static Exception?[] FailureByEntry(int count, List<BatchResultErrorEntry>? failed)
    {
        var failures = new Exception?[count];
        foreach (var entry in failed ?? []) failures[int.Parse(entry.Id, null)] = entry.ToException();
        return failures;
    }
}
