using Amazon.DynamoDBv2;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.ConnectionRegistry.Batching;

/// <summary>Makes one call for several requests, and returns the answers to those that it processed.</summary>
internal delegate Task<IReadOnlyDictionary<string, TAnswer>> BatchCall<TRequest, TAnswer>(IReadOnlyDictionary<string, TRequest> requests);

/// <summary>
/// Sends requests one call at a time, or a few; what arrives meanwhile, or within <paramref name="linger"/> after a call was begun, waits
/// and goes along with the next one. So a quiet worker waits for nothing, and a busy one makes a fraction of the calls. Each request has
/// its own answer or failure.
/// </summary>
internal sealed class CallBatcher<TRequest, TAnswer>(
    int maxPerCall, BatchCall<TRequest, TAnswer> call, TimeSpan linger, TimeProvider time, Func<double> jitter)
{
    /// <summary>A second call, so that one which is slow or throttled does not hold up everything. Arbitrary otherwise.</summary>
    private const int CallsAtOnce = 2;

    private readonly Lock _gate = new();
    private readonly LinkedList<Entry> _waiting = [];
    private int _underWay;
    private long? _lastBegunAt;
    private bool _isLingering;

    /// <summary>Takes a request; a call never carries two with the same key, so the second waits for the next call.</summary>
    public async Task<TAnswer> AskAsync(string key, TRequest request, CancellationToken cancellation)
    {
        var entry = new Entry(key, request);
        lock (_gate) _waiting.AddLast(entry);
        StartCalls();
        return await entry.Answer.Task.WaitAsync(cancellation);
    }

    private void StartCalls()
    {
        while (TakeBatch() is { } batch) _ = SendAsync(batch);
    }

    private List<Entry>? TakeBatch()
    {
        lock (_gate)
        {
            if (_underWay == CallsAtOnce || _waiting.Count == 0 || _isLingering && _waiting.Count < maxPerCall) return null;
            if (_waiting.Count < maxPerCall && _lastBegunAt is { } begunAt && time.GetElapsedTime(begunAt) is var elapsed && elapsed < linger)
            {
                _ = LingerAsync(linger - elapsed);
                return null;
            }

            _underWay++;
            _lastBegunAt = time.GetTimestamp();
            var keys = new HashSet<string>(StringComparer.Ordinal);
            var batch = new List<Entry>();
            for (var node = _waiting.First; node is not null && batch.Count < maxPerCall;)
            {
                var next = node.Next;
                if (keys.Add(node.Value.Key))
                {
                    batch.Add(node.Value);
                    _waiting.Remove(node);
                }

                node = next;
            }

            return batch;
        }
    }

    private async Task LingerAsync(TimeSpan left)
    {
        _isLingering = true;
        await Task.Delay(left, time);
        lock (_gate)
        {
            _isLingering = false;
            _lastBegunAt = null; // a timer may be a trifle early
        }

        StartCalls();
    }

    /// <summary>Never throws: whatever happens is the answer to the entries.</summary>
    private async Task SendAsync(List<Entry> batch)
    {
        try
        {
            await SettleAsync(batch);
        }
        catch (AmazonDynamoDBException invalid) when (invalid.ErrorCode == "ValidationException" && batch.Count > 1)
        {
            // DynamoDB refuses the whole call for one bad request. Alone, each gets what it deserves.
            foreach (var entry in batch) await SendAloneAsync(entry);
        }
        catch (Exception failure)
        {
            foreach (var entry in batch) entry.Answer.TrySetException(failure);
        }

        lock (_gate) _underWay--;
        StartCalls();
    }

    private async Task SendAloneAsync(Entry entry)
    {
        try
        {
            await SettleAsync([entry]);
        }
        catch (Exception failure)
        {
            entry.Answer.TrySetException(failure);
        }
    }

    private async Task SettleAsync(List<Entry> batch)
    {
        var open = batch;
        for (var attempt = 1; ; attempt++)
        {
            var answers = await call(open.ToDictionary(entry => entry.Key, entry => entry.Request, StringComparer.Ordinal));
            foreach (var entry in open)
            {
                if (answers.TryGetValue(entry.Key, out var answer)) entry.Answer.TrySetResult(answer);
            }

            open = open.FindAll(entry => !answers.ContainsKey(entry.Key));
            if (open.Count == 0) return;
            await UnprocessedItems.PauseAsync(attempt, open.Count, time, jitter, CancellationToken.None);
        }
    }

    private sealed record Entry(string Key, TRequest Request)
    {
        public TaskCompletionSource<TAnswer> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
