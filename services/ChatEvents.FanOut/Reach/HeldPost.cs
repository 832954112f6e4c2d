namespace ChatEvents.FanOut.Reach;

/// <summary>A post that waits until its endpoint is back.</summary>
internal sealed class HeldPost
{
    private readonly TaskCompletionSource<bool> _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenRegistration _leaving;

    /// <param name="connectionId">Where to.</param>
    /// <param name="until">When it is held no longer.</param>
    /// <param name="isHeldAlone">Whether it waits although other endpoints can be reached.</param>
    /// <param name="waiting">Ends the wait.</param>
    public HeldPost(string connectionId, DateTimeOffset until, bool isHeldAlone, CancellationToken waiting)
    {
        (ConnectionId, Until, IsHeldAlone) = (connectionId, until, isHeldAlone);
        _leaving = waiting.UnsafeRegister(
            static (released, waiting) => ((TaskCompletionSource<bool>)released!).TrySetCanceled(waiting), _released);
    }

    public string ConnectionId { get; }

    public DateTimeOffset Until { get; }

    public bool IsHeldAlone { get; }

    public bool IsOver => _released.Task.IsCompleted;

    /// <summary>Completes with whether the post is made now.</summary>
    public Task<bool> Released => _released.Task;

    public void Release(bool mayPost)
    {
        _leaving.Unregister();
        _released.TrySetResult(mayPost);
    }
}
