namespace ChatEvents.Consumers;

/// <summary>
/// What a worker does beside the messages in hand. A host that may be frozen between two batches waits for it to be over: what is
/// under way would break off at some point of it, and go on hours later or never.
/// </summary>
public interface IBackgroundWork
{
    /// <summary>Ends when nothing is under way.</summary>
    Task WhenIdleAsync();
}
