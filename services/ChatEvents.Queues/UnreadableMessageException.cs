namespace ChatEvents.Queues;

/// <summary>
/// The body can never be read. The message is returned without a delay, so that it soon becomes a dead letter, and its group does not wait
/// for it.
/// </summary>
public sealed class UnreadableMessageException(string message, Exception? cause = null) : Exception(message, cause);
