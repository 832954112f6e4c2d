namespace ChatEvents.LocalGateway.Configuration;

/// <summary>Options that cannot be used; the message is one sentence for their author.</summary>
public sealed class GatewayOptionsException(string message) : Exception(message);
