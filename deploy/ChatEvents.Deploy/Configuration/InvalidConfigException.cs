namespace ChatEvents.Deploy.Configuration;

/// <summary>A setting that makes no sense, or a file that is not there; the message is a sentence for whoever deploys.</summary>
public sealed class InvalidConfigException(string message, Exception? inner = null) : Exception(message, inner);
