using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// Which of the sub-protocols that a client offers is taken. A browser, and <c>wscat -s</c>, give up when they offer some and none is
/// taken, so that a client that sends its token as a sub-protocol offers one of ours beside it.
/// </summary>
public static class Subprotocol
{
    public const string Header = "Sec-WebSocket-Protocol";

    /// <summary>The query parameter of a client that cannot offer sub-protocols.</summary>
    public const string Parameter = "protocol";

    /// <summary>What is spoken without any sub-protocol, by a name.</summary>
    public const string Plain = "chatevents.plain";

    /// <summary>The JSON dialect if it is offered; what is offered counts more than the query string.</summary>
    /// <param name="offered">The sub-protocols that the client offers.</param>
    /// <param name="asked">The values of <see cref="Parameter"/>.</param>
    public static Dialect DialectOf(IReadOnlyList<string> offered, IReadOnlyList<string> asked) =>
        offered.Contains(Dialects.JsonSubprotocol) || (asked.Contains(Dialects.JsonSubprotocol) && !offered.Contains(Plain))
            ? Dialect.Json
            : Dialect.Plain;

    /// <returns>The headers of the answer to the handshake; null when the client does not offer what it will speak.</returns>
    public static Dictionary<string, string>? Answer(Dialect dialect, IReadOnlyList<string> offered)
    {
        var taken = dialect == Dialect.Json ? Dialects.JsonSubprotocol : Plain;
        return offered.Contains(taken) ? new() { [Header] = taken } : null;
    }
}
