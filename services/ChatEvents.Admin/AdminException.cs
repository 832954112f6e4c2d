namespace ChatEvents.Admin;

/// <summary>Why a verb fails. The message is one sentence for the operator.</summary>
public sealed class AdminException(string message, Exception? cause = null) : Exception(message, cause);
