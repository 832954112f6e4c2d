using ChatEvents.Bench.Gateway;
using ChatEvents.Load.Figures;

namespace ChatEvents.Bench.Chat;

/// <summary>When each client got the message that is expected.</summary>
internal sealed class Arrivals
{
    private readonly long[] _arrivedAt;
    private TaskCompletionSource _all = new();
    private int _missing;

    public Arrivals(IdleClients clients)
    {
        _arrivedAt = new long[clients.ConnectionIds.Length];
        clients.OnReceived = (client, _) =>
        {
            if (Interlocked.CompareExchange(ref _arrivedAt[client], TimeProvider.System.GetTimestamp(), 0) == 0
                && Interlocked.Decrement(ref _missing) == 0)
                _all.SetResult();
        };
    }

    public void Expect()
    {
        _all = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _missing = _arrivedAt.Length;
        Array.Clear(_arrivedAt);
    }

    /// <summary>Waits for all, and returns the timestamp by which that part of them had it; 1 is the last one.</summary>
    public async Task<long> AtAsync(double part)
    {
        await _all.Task;
        return Percentiles.At([.. _arrivedAt.Order()], part);
    }
}
