namespace ChatEvents.Load;

/// <summary>A failure that the user can fix, told in one sentence.</summary>
internal sealed class LoadException(string message, Exception? cause = null) : Exception(message, cause);
