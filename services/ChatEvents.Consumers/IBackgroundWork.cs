namespace ChatEvents.Consumers;

/// <summary>
/// Work that a worker does in the background of its messages. A host that may be frozen between two batches waits until it is idle.
/// Otherwise the work would be interrupted, and continue hours later or never.
/// </summary>
public interface IBackgroundWork
{
    /// <summary>Completes when no work is in progress.</summary>
    Task WhenIdleAsync();
}
