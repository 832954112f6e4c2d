namespace ChatEvents.FanOut.Delivering;

/// <summary>How much work goes on in the background, for a host that waits until there is none.</summary>
public sealed class WorkUnderWay
{
    private readonly Lock _gate = new();
    private int _count;
    private TaskCompletionSource? _allDone;

    /// <returns>False if as much is under way already as may be.</returns>
    public bool TryBegin(int most)
    {
        lock (_gate)
        {
            if (_count >= most) return false;
            _count++;
            return true;
        }
    }

    public void End(int count)
    {
        lock (_gate)
        {
            _count -= count;
            if (_count > 0) return;
            _allDone?.SetResult();
            _allDone = null;
        }
    }

    public Task WhenIdleAsync()
    {
        lock (_gate)
        {
            return _count == 0
                ? Task.CompletedTask
                : (_allDone ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }
}
