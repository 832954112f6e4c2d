namespace ChatEvents.Queues;

/// <summary>
/// A handler says: this body can be read neither now nor later. The message goes back without a delay, so that SQS counts it to the
/// dead letters at once, and its group does not wait for it.
/// </summary>
public sealed class UnreadableMessageException(string message, Exception? cause = null) : Exception(message, cause);
