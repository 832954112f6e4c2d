using System.Text.Json;

namespace ChatEvents.Client;

/// <summary>Why something was refused: the codes of the server, and a few of the client's own.</summary>
public enum ChatErrorCode
{
    /// <summary>A code that this version of the client does not know.</summary>
    Unknown,

    /// <summary>The server could not read the frame.</summary>
    BadFrame,

    /// <summary>The server does not know the action.</summary>
    UnknownAction,

    /// <summary>This is not the name of a room.</summary>
    BadRoom,

    /// <summary>The message was for a room that this client has not joined.</summary>
    NotInRoom,

    /// <summary>The token does not allow it; of a handshake: it was answered with 403, and there is no other token.</summary>
    Forbidden,

    /// <summary>The connection is in as many rooms as it may be.</summary>
    TooManyRooms,

    /// <summary>The message is too large.</summary>
    TooLarge,

    /// <summary>Too much in too short a time; see <see cref="ChatException.RetryAfter"/>.</summary>
    RateLimited,

    /// <summary>The server cannot do it now.</summary>
    Unavailable,

    /// <summary>Only members of the room may know that.</summary>
    NotAMember,

    /// <summary>There is no such message.</summary>
    NotFound,

    /// <summary>Client: the handshake was answered with 401, and there is no other token.</summary>
    Unauthorized,

    /// <summary>Client: there was no answer in time. It is not known whether the server did what was asked for.</summary>
    Timeout,

    /// <summary>Client: it was closed before the answer.</summary>
    Closed,

    /// <summary>Client: too many messages wait to be accepted. This one was not sent.</summary>
    QueueFull,
}

/// <summary>The server, or the client itself, refused something.</summary>
public sealed class ChatException(ChatErrorCode code, string message, Exception? cause = null) : Exception(message, cause)
{
    /// <summary>Why.</summary>
    public ChatErrorCode Code { get; } = code;

    /// <summary>The code as the server wrote it; null for one of the client's own.</summary>
    public string? ServerCode { get; private init; }

    /// <summary>The message that was refused after it had been accepted; null otherwise.</summary>
    public string? MessageId { get; private init; }

    /// <summary>The id of the call in the server's logs, to tell its operator.</summary>
    public string? RequestId { get; private init; }

    /// <summary>When to try again; null where the server does not say.</summary>
    public TimeSpan? RetryAfter { get; private init; }

    /// <summary>Whether the same frame may succeed a little later. The client tries that by itself.</summary>
    internal bool IsTemporary => Code is ChatErrorCode.RateLimited or ChatErrorCode.Unavailable;

    internal static ChatException Read(JsonElement frame) => new(CodeOf(frame.Text("code")), frame.Text("error") ?? "The server refused it without saying why.")
    {
        ServerCode = frame.Text("code"),
        MessageId = frame.Text("messageId"),
        RequestId = frame.Text("requestId"),
        RetryAfter = frame.Member("retryAfter") is { ValueKind: JsonValueKind.Number } seconds ? TimeSpan.FromSeconds(seconds.GetDouble()) : null,
    };

    /// <summary>The server's codes are the names of the enumeration in another spelling.</summary>
    private static ChatErrorCode CodeOf(string? code) =>
        Enum.TryParse<ChatErrorCode>(code?.Replace("_", "", StringComparison.Ordinal), ignoreCase: true, out var known) && Enum.IsDefined(known) ? known : default;
}
