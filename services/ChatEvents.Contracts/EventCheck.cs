using System.Text;

namespace ChatEvents.Contracts;

/// <summary>
/// Checks the members of a route event for everything that a later step would choke on: DynamoDB would refuse a key, and with it the other
/// items of the same request, such as the other messages of a walk; SQS a group; a room named like one of our own keys would get between
/// them. Only the first problem is kept.
/// </summary>
/// <param name="now">The reader's clock.</param>
public sealed class EventCheck(DateTimeOffset now)
{
    /// <summary>Of an address of a client. IPv6 with a zone needs less; arbitrary.</summary>
    private const int MaxAddressLength = 128;

    /// <summary>The epochs of today are shorter. Arbitrary.</summary>
    private const int MaxEpochLength = 64;

    /// <summary>What is wrong, in one sentence that names the member; null when nothing is.</summary>
    public string? Problem { get; private set; }

    public EventCheck Id(string member, string id)
    {
        if (id.Length is 0 or > Limits.MaxIdLength) return Say($"'{member}' must have 1 to {Limits.MaxIdLength} characters, but has {id.Length}.");
        return Require(Identifier.IsValid(id), member, $"must consist of {Identifier.Rule}", id);
    }

    public EventCheck Time(string member, DateTimeOffset? at) =>
        at is { } instant ? Require(PlausibleTime.IsValid(instant, now), member, $"must be {PlausibleTime.Rule}", $"{instant:u}") : this;

    public EventCheck Endpoint(string member, string? address) =>
        Require(address is null || CallbackAddress.Parse(address) is not null, member, CallbackAddress.Rule, address);

    /// <summary>A room that connections join.</summary>
    public EventCheck Room(string member, string room) => Require(Contracts.Room.IsName(room), member, "must be the name of a room", room);

    public EventCheck Rooms(string member, IReadOnlyList<string> rooms)
    {
        if (rooms.Count > Contracts.Room.MaxPerConnection)
            return Say($"'{member}' must name at most {Contracts.Room.MaxPerConnection} rooms, but names {rooms.Count}.");
        foreach (var room in rooms) Room(member, room);
        return this;
    }

    /// <summary>A room that messages can be for: also that of a user.</summary>
    public EventCheck Address(string member, string? room) =>
        Require(room is null || Contracts.Room.IsAddress(room), member, "must be the name of a room, or the room of a user", room);

    /// <summary>Who is behind a connection.</summary>
    public EventCheck Person(string? user, string? name, string? guest) => User("user", user)
        .Require(name is null or { Length: <= UserName.MaxLength }, "name", $"must have at most {UserName.MaxLength} characters", name)
        .Require(guest is null || UserId.IsValid(guest), "guest", $"must have 1 to {UserId.MaxLength} visible characters", guest);

    public EventCheck User(string member, string? user) =>
        Require(user is null || UserId.IsValid(user), member, $"must have 1 to {UserId.MaxLength} visible characters", user);

    /// <summary>One that is not known gives no right, but is written into a row.</summary>
    public EventCheck Role(string member, string? role) =>
        Require(role is null or { Length: >= 1 and <= UserId.MaxLength }, member, $"must have 1 to {UserId.MaxLength} characters", role);

    public EventCheck Source(string member, string? address) =>
        Require(address is null or { Length: <= MaxAddressLength }, member, $"must have at most {MaxAddressLength} characters", address);

    public EventCheck Dialect(string member, Dialect dialect) => Require(Enum.IsDefined(dialect), member, "must be a known dialect", $"{dialect}");

    public EventCheck FrameId(string member, string? id) =>
        Require(id is null || Contracts.FrameId.IsValid(id), member, $"must be {Contracts.FrameId.Rule}", id);

    /// <summary>The epoch of a room's log.</summary>
    public EventCheck Epoch(string member, string? epoch) => Require(
        epoch is null || (epoch.Length is >= 1 and <= MaxEpochLength && Contracts.FrameId.IsInAlphabet(epoch)),
        member, $"must be 1 to {MaxEpochLength} letters, digits or '-'", epoch);

    /// <summary>JSON text of a client's own.</summary>
    public EventCheck Json(string member, string? text)
    {
        if (text is null) return this;
        if (Encoding.UTF8.GetByteCount(text) is var bytes and > Limits.MaxGatewayMessageBytes)
            return Say($"'{member}' must have at most {Limits.MaxGatewayMessageBytes} bytes, but has {bytes}.");
        return Require(JsonText.IsValue(text), member, $"must be one JSON value of at most {JsonText.MaxDepth} levels", text);
    }

    public EventCheck Patterns(string member, IReadOnlyList<string>? patterns)
    {
        if (patterns is null) return this;
        if (patterns.Count > RoomRights.MaxPatterns)
            return Say($"'{member}' must have at most {RoomRights.MaxPatterns} rooms, but has {patterns.Count}.");

        // That members of a list are not null is a promise which the reader of JSON does not keep.
        foreach (string? pattern in patterns)
        {
            Require(
                pattern is { Length: >= 1 and <= RoomRights.MaxPatternLength }, member,
                $"must be of names of 1 to {RoomRights.MaxPatternLength} characters", pattern);
        }

        return this;
    }

    /// <summary>Positions in the log of a room.</summary>
    public EventCheck Positions(string member, IReadOnlyList<string> positions)
    {
        if (positions.Count == 0) return Say($"'{member}' must not be empty.");
        foreach (var position in positions)
            Require(RecentMessages.IsPosition(position), member, "must be positions in the log of a room", position);
        return Require(
            positions.Distinct(StringComparer.Ordinal).Count() == positions.Count, member, "must be different positions", positions[0]);
    }

    public EventCheck Number(string member, long number, long from, long to) =>
        Require(number >= from && number <= to, member, $"must be from {from} to {to}", $"{number}");

    public EventCheck Require(bool isRight, string member, string rule, string? value) =>
        isRight ? this : Say($"'{member}' {rule}, but is {(value is null ? "null" : Quote.Of(value))}.");

    private EventCheck Say(string problem)
    {
        Problem ??= problem;
        return this;
    }
}
