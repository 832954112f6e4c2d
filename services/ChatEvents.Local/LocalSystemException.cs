namespace ChatEvents.Local;

/// <summary>Something outside the program keeps the local system from starting. The message is one sentence for the person who ran it.</summary>
public sealed class LocalSystemException(string message, Exception? innerException = null) : Exception(message, innerException);
