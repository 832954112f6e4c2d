namespace ChatEvents.LocalGateway.Functions;

/// <summary>Counts running invocations, so that stopping can wait for them.</summary>
internal sealed class InFlight
{
    private readonly Lock _gate = new();
    private int _count;
    private TaskCompletionSource? _idle;

    public Running Begin()
    {
        lock (_gate)
            _count++;
        return new Running(this);
    }

    public Task WhenNoneAsync()
    {
        lock (_gate)
            return _count == 0 ? Task.CompletedTask : (_idle ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
    }

    private void End()
    {
        lock (_gate)
        {
            if (--_count > 0)
                return;
            _idle?.SetResult();
            _idle = null;
        }
    }

    public readonly struct Running(InFlight owner) : IDisposable
    {
        public void Dispose() => owner.End();
    }
}
