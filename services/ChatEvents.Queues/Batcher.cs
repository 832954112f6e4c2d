namespace ChatEvents.Queues;

/// <summary>
/// Gathers single requests into batches of ten. A batch goes out when it is full or its linger is over; while several are on their
/// way, the open one goes on filling, so that a slow server gets fuller batches, not more of them.
/// </summary>
/// <param name="linger">How long the first entry waits for company.</param>
/// <param name="send">Sends a batch and answers per entry: null, or why that one failed. What it throws is every entry's failure.</param>
/// <param name="time">The clock of the linger.</param>
internal sealed class Batcher<TEntry>(TimeSpan linger, Func<IReadOnlyList<TEntry>, Task<Exception?[]>> send, TimeProvider time)
{
    /// <summary>Batches on their way at once. Arbitrary; at 10 ms a request it is 4,000 entries a second.</summary>
    private const int MaxSends = 4;

    private readonly SemaphoreSlim _sends = new(MaxSends);
    private readonly Lock _gate = new();
    private Batch? _open;

    /// <summary>Ends when the entry's batch was answered; throws if this entry failed.</summary>
    public Task AddAsync(TEntry entry)
    {
        Batch? full = null;
        Task answered;
        lock (_gate)
        {
            if (_open is null)
            {
                _open = new Batch();
                _ = SendWhenReadyAsync(_open);
            }

            answered = _open.Add(entry);
            if (_open.Entries.Count == SqsLimits.MaxBatchEntries) (full, _open) = (_open, null);
        }

        full?.Full.Cancel();
        return answered;
    }

    private async Task SendWhenReadyAsync(Batch batch)
    {
        await Task.Yield();
        await Task.Delay(linger, time, batch.Full.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _sends.WaitAsync();
        try
        {
            lock (_gate)
            {
                if (_open == batch) _open = null;
            }

            batch.Answer(await send(batch.Entries));
        }
        catch (Exception failure)
        {
            batch.Fail(failure);
        }
        finally
        {
            _sends.Release();
        }
    }

    private sealed class Batch
    {
        private readonly List<TaskCompletionSource> _answers = [];

        public List<TEntry> Entries { get; } = [];

        public CancellationTokenSource Full { get; } = new();

        public Task Add(TEntry entry)
        {
            var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            Entries.Add(entry);
            _answers.Add(answer);
            return answer.Task;
        }

        public void Answer(Exception?[] failures)
        {
            for (var i = 0; i < failures.Length; i++)
            {
                if (failures[i] is { } failure) _answers[i].SetException(failure);
                else _answers[i].SetResult();
            }
        }

        public void Fail(Exception failure) => _answers.ForEach(answer => answer.TrySetException(failure));
    }
}
