using System.Text.Json;

namespace ChatEvents.Client;

/// <summary>Who said something: a user, a guest, or a server.</summary>
/// <param name="User">The id of a user; null for others.</param>
/// <param name="Name">What is shown of a user; null where the token names none.</param>
/// <param name="Guest">The name of a guest; null for others.</param>
/// <param name="Server">The name of a server that published; null for people.</param>
public sealed record ChatSender(string? User, string? Name = null, string? Guest = null, string? Server = null)
{
    /// <summary>What to show: the name, else the id.</summary>
    public override string ToString() => Name ?? User ?? Guest ?? Server ?? "";
}

/// <summary>A message of a room.</summary>
/// <param name="Room">The room.</param>
/// <param name="Epoch">The room's log. Numbers of different epochs have nothing to do with each other.</param>
/// <param name="Seq">Its number, from 1 without a hole, in the order in which everybody hears the messages.</param>
/// <param name="MessageId">The id that its sender was told.</param>
/// <param name="From">Who said it.</param>
/// <param name="At">When the server got it, by the server's clock.</param>
/// <param name="Message">The text; empty if it was removed.</param>
/// <param name="Data">What the application sent with it; null for nothing.</param>
/// <param name="IsRemoved">Whether its text was removed; only in pages of the history.</param>
public sealed record ChatMessage(
    string Room, string Epoch, long Seq, string MessageId, ChatSender From, DateTimeOffset At, string Message, JsonElement? Data, bool IsRemoved)
{
    /// <summary>Reads a live frame, or an entry of a history, whose room and epoch stand around it.</summary>
    internal static ChatMessage Read(JsonElement frame, string room, string epoch) => new(
        room,
        epoch,
        frame.Number("seq") ?? 0,
        frame.Text("messageId") ?? "",
        frame.Member("from") is { } from ? new(from.Text("user"), from.Text("name"), from.Text("guest"), from.Text("server")) : new(User: null),
        frame.Instant("at") ?? default,
        frame.Text("message") ?? "",
        frame.Member("data"),
        frame.Flag("removed"));
}

/// <summary>A message's text was removed by its sender or a moderator: take it off the screen.</summary>
/// <param name="Epoch">See <see cref="ChatMessage.Epoch"/>.</param>
/// <param name="Seq">Its number.</param>
public sealed record ChatRemoval(string? Epoch, long Seq);

/// <summary>Messages of a room are lost to this client: the history no longer reaches back to the last one that it heard.</summary>
/// <param name="From">The number of the first message that is lost; null where the room's log is another one, so that nobody knows.</param>
/// <param name="To">The number of the last one.</param>
/// <param name="Recovered">Always false.</param>
public sealed record ChatDiscontinuity(long? From, long? To, bool Recovered = false);

/// <summary>A page of a room's history, oldest message first.</summary>
/// <param name="Messages">The messages.</param>
/// <param name="HasMore">Whether older ones are kept: ask for what is before the first of these.</param>
public sealed record ChatHistoryPage(IReadOnlyList<ChatMessage> Messages, bool HasMore);

/// <summary>Who is in a room.</summary>
/// <param name="User">The id of a user; null for a guest.</param>
/// <param name="Name">What is shown of a user.</param>
/// <param name="Guest">The name of a guest.</param>
/// <param name="Connections">How many devices.</param>
public sealed record ChatMember(string? User, string? Name, string? Guest, int Connections);

/// <summary>A page of the members of a room.</summary>
/// <param name="Count">How many there are in all.</param>
/// <param name="Members">Some of them.</param>
/// <param name="Next">Where the next page begins; null for the last one.</param>
/// <param name="IsAtLeast">Whether there are more than were counted.</param>
public sealed record ChatMembersPage(long Count, IReadOnlyList<ChatMember> Members, string? Next, bool IsAtLeast);

/// <summary>A place in a room: all up to and including this message was heard.</summary>
/// <param name="Epoch">See <see cref="ChatMessage.Epoch"/>; null before the room's first message.</param>
/// <param name="Seq">Its number; 0 before the first.</param>
public sealed record ChatPosition(string? Epoch, long Seq);

/// <summary>What the server says about the connection.</summary>
/// <param name="User">The id of the user; null for a guest.</param>
/// <param name="Name">What others see.</param>
/// <param name="ConnectedAt">When it was opened, by the server's clock.</param>
/// <param name="ExpiresAt">When it ends at the latest.</param>
/// <param name="Rooms">The rooms that it is in without asking: <c>everyone</c>, and <c>@</c> and the id of the user.</param>
/// <param name="MessageBytes">The longest text of a message, in bytes of UTF-8; null where the server does not say.</param>
/// <param name="MessagesPerSecond">How many messages a sender may send; the client keeps to it. Null for no limit.</param>
public sealed record ChatSession(
    string? User, string? Name, DateTimeOffset? ConnectedAt, DateTimeOffset? ExpiresAt, IReadOnlyList<string> Rooms, int? MessageBytes, double? MessagesPerSecond)
{
    /// <summary>The room in which direct messages are; null for a guest.</summary>
    public string? DirectRoom => Rooms.FirstOrDefault(ChatRoom.IsDirect);

    internal static ChatSession Read(JsonElement hello) => new(
        hello.Text("user"),
        hello.Text("name"),
        hello.Instant("connectedAt"),
        hello.Instant("expiresAt"),
        [.. hello.Items("rooms").Select(room => room.GetString() ?? "")],
        (int?)hello.Member("limits")?.Number("messageBytes"),
        hello.Member("limits")?.Member("messagesPerSecond") is { ValueKind: JsonValueKind.Number } rate ? rate.GetDouble() : null);
}

/// <summary>Reads members of frames. What is absent, null or of another kind is null, so that no frame can stop the client.</summary>
internal static class FrameJson
{
    public static JsonElement? Member(this JsonElement frame, string name) =>
        frame.ValueKind == JsonValueKind.Object && frame.TryGetProperty(name, out var member) && member.ValueKind != JsonValueKind.Null ? member : null;

    public static string? Text(this JsonElement frame, string name) =>
        frame.Member(name) is { ValueKind: JsonValueKind.String } text ? text.GetString() : null;

    public static long? Number(this JsonElement frame, string name) =>
        frame.Member(name) is { ValueKind: JsonValueKind.Number } number && number.TryGetInt64(out var value) ? value : null;

    public static bool Flag(this JsonElement frame, string name) => frame.Member(name) is { ValueKind: JsonValueKind.True };

    public static DateTimeOffset? Instant(this JsonElement frame, string name) =>
        frame.Member(name) is { ValueKind: JsonValueKind.String } text && text.TryGetDateTimeOffset(out var instant) ? instant : null;

    public static IEnumerable<JsonElement> Items(this JsonElement frame, string name) =>
        frame.Member(name) is { ValueKind: JsonValueKind.Array } items ? items.EnumerateArray() : [];
}
