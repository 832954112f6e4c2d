using Microsoft.Extensions.ObjectPool;

namespace ChatEvents.FanOut.Posting;

/// <summary>Time limits of posts. They are used again, because creating one costs more than the rest of what a post needs of it.</summary>
internal sealed class TimeLimits(TimeProvider time) : PooledObjectPolicy<CancellationTokenSource>
{
    public static ObjectPool<CancellationTokenSource> CreatePool(TimeProvider time, int retained) =>
        new DefaultObjectPoolProvider { MaximumRetained = retained }.Create(new TimeLimits(time));

    public override CancellationTokenSource Create() => new(Timeout.InfiniteTimeSpan, time);

    /// <returns>False where it was cancelled, or runs on another clock than the system's, which .NET cannot reset.</returns>
    public override bool Return(CancellationTokenSource obj) => obj.TryReset();
}
