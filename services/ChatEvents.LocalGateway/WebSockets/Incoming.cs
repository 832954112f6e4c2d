namespace ChatEvents.LocalGateway.WebSockets;

internal enum IncomingKind
{
    /// <summary>A whole text message.</summary>
    Text,

    Ping,

    /// <summary>The client sent a close frame.</summary>
    Close,

    /// <summary>The client broke a rule; the status says which one.</summary>
    Violation,

    /// <summary>The TCP connection ended without a close frame.</summary>
    Dropped,
}

/// <summary>What was read from a client. The payload is valid until the next read.</summary>
internal readonly record struct Incoming(IncomingKind Kind, ReadOnlyMemory<byte> Payload = default, CloseStatus Status = default)
{
    public static Incoming Violation(CloseStatus status) => new(IncomingKind.Violation, Status: status);
}
