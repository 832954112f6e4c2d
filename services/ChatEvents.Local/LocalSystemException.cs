namespace ChatEvents.Local;

/// <summary>Something outside the program prevents the local system from starting. The message is one sentence for the user.</summary>
public sealed class LocalSystemException(string message, Exception? innerException = null) : Exception(message, innerException);
