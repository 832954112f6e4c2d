namespace ChatEvents.LocalGateway.Connections;

/// <summary>
/// Bounds how many messages of one connection are in their functions at once. A few more are read and wait here, so that pings and close
/// frames behind them are still seen.
/// </summary>
internal sealed class MessageSlots(Func<ReadOnlyMemory<byte>, Task> onMessage, int limit)
{
    /// <summary>When this much waits, nothing more is read. Arbitrary: two messages of maximum size.</summary>
    private const int WaitingBytesLimit = 256 * 1024;

    private readonly Lock _gate = new();
    private int _running;
    private Queue<byte[]>? _waiting;
    private int _waitingBytes;
    private TaskCompletionSource? _room;

    /// <summary>Completes when the next message may be read.</summary>
    public Task AddAsync(ReadOnlyMemory<byte> message)
    {
        lock (_gate)
        {
            if (_running == limit)
            {
                (_waiting ??= new()).Enqueue(message.ToArray());
                _waitingBytes += message.Length;
                if (_waitingBytes <= WaitingBytesLimit)
                    return Task.CompletedTask;
                _room = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return _room.Task;
            }

            _running++;
        }

        var run = onMessage(message);
        _ = FreeSlotAsync(run);
        return Task.CompletedTask;
    }

    /// <summary>Gives the slot to waiting messages until there are none.</summary>
    private async Task FreeSlotAsync(Task run)
    {
        while (true)
        {
            try
            {
                await run;
            }
            catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
            {
                // The gateway stops.
            }

            if (TryTakeWaiting() is not { } next)
                return;
            run = onMessage(next);
        }
    }

    private byte[]? TryTakeWaiting()
    {
        lock (_gate)
        {
            if (_waiting is null || !_waiting.TryDequeue(out var next))
            {
                _running--;
                return null;
            }

            _waitingBytes -= next.Length;
            if (_waitingBytes <= WaitingBytesLimit)
            {
                _room?.SetResult();
                _room = null;
            }

            return next;
        }
    }
}
