using ChatEvents.Contracts;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Queues;

/// <summary>Whether messages can be received from the queue. Logs each change once, however many receives fail.</summary>
internal sealed class ReceiveStatus(string queue, Func<double> jitter, ILogger log)
{
    /// <summary>Also how long to wait after a failure that needs manual action, such as a queue that does not exist.</summary>
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(500), LongestPause);

    private readonly Lock _gate = new();
    private bool _isFatal;

    public bool IsReceiving { get; private set; }

    /// <summary>Why not, in one sentence; null before the first answer, and while receiving.</summary>
    public string? Trouble { get; private set; }

    public void Succeeded()
    {
        lock (_gate)
        {
            if (IsReceiving) return;
            (IsReceiving, Trouble) = (true, null);
        }

        Log.Receiving(log, queue);
    }

    public void Stopped()
    {
        lock (_gate) (IsReceiving, Trouble) = (false, $"Stopped receiving from {queue}.");
    }

    /// <summary>Returns how long to wait before the next receive.</summary>
    public TimeSpan Failed(Exception failure, int failuresInARow)
    {
        var isFatal = failure.IsFatal();
        lock (_gate)
        {
            var isNews = IsReceiving || Trouble is null || isFatal != _isFatal;
            (IsReceiving, _isFatal, Trouble) = (false, isFatal, $"Cannot receive from {queue}: {failure.Message}");
            if (isNews && isFatal) Log.CannotReceive(log, queue, failure.Message);
            else if (isNews) Log.ReceiveFailed(log, queue, failure);
        }

        return (isFatal ? new Backoff(LongestPause, LongestPause) : Backoff).After(failuresInARow, jitter);
    }
}
