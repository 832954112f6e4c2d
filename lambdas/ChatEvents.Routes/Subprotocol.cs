namespace ChatEvents.Routes;

/// <summary>
/// Which of the sub-protocols that a client offers is taken. A browser, and <c>wscat -s</c>, give up when they offer some and none is
/// taken, so that whoever must send a token as a sub-protocol offers this one beside it.
/// </summary>
public static class Subprotocol
{
    public const string Header = "Sec-WebSocket-Protocol";

    /// <summary>What is spoken without any sub-protocol, by a name.</summary>
    public const string Plain = "chatevents.plain";

    /// <returns>The headers of the answer to the handshake; null when none of those offered is spoken here.</returns>
    public static Dictionary<string, string>? Answer(IReadOnlyList<string> offered) =>
        offered.Contains(Plain) ? new() { [Header] = Plain } : null;
}
