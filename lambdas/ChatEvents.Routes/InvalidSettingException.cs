namespace ChatEvents.Routes;

/// <summary>An environment variable of the function is wrong; the message is one sentence that names it.</summary>
public sealed class InvalidSettingException(string message) : Exception(message);
