namespace ChatEvents.Deploy.Configuration;

/// <summary>A setting is invalid, or a file is missing; the message is one sentence for the person who deploys.</summary>
public sealed class InvalidConfigException(string message, Exception? inner = null) : Exception(message, inner);
