using System.Collections.Immutable;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry;

/// <summary>What the rows of the three tables look like as DynamoDB items; the names are in <see cref="RegistryTables"/>.</summary>
internal static class RegistryItems
{
    public static Dictionary<string, AttributeValue> KeyOf(string connectionId) => new()
    {
        [RegistryTables.ConnectionId] = new(connectionId),
    };

    public static Dictionary<string, AttributeValue> MembershipKeyOf(string connectionId, string room) => new()
    {
        [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(connectionId))),
        [RegistryTables.ConnectionId] = new(connectionId),
    };

    public static Dictionary<string, AttributeValue> Of(Connection connection)
    {
        var item = KeyOf(connection.ConnectionId);
        AddDescription(item, connection);
        AddIfKnown(item, RegistryTables.SourceAddress, connection.SourceAddress);
        AddRooms(item, RegistryTables.JoinedRooms, connection, joined: true);
        AddRooms(item, RegistryTables.LeftRooms, connection, joined: false);
        if (connection.ForgottenUntil is { } until)
            item[RegistryTables.ForgottenUntil] = NumberAttribute.OfMilliseconds(until);
        item[RegistryTables.Revision] = NumberAttribute.Of(connection.Revision);
        return item;
    }

    /// <summary>A membership repeats what a post needs, so that a walk over a room reads nothing else.</summary>
    public static Dictionary<string, AttributeValue> MembershipOf(Connection connection, string room)
    {
        var item = MembershipKeyOf(connection.ConnectionId, room);
        AddDescription(item, connection);
        if (connection.Rooms.TryGetValue(room, out var joined))
            item[RegistryTables.JoinedAt] = NumberAttribute.OfMilliseconds(joined.At);
        return item;
    }

    public static Dictionary<string, AttributeValue> TombstoneOf(string connectionId, DateTimeOffset closedAt, DateTimeOffset expiresAt)
    {
        var item = KeyOf(connectionId);
        item[RegistryTables.ClosedAt] = NumberAttribute.OfMilliseconds(closedAt);
        item[RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(expiresAt);
        return item;
    }

    public static Connection ToConnection(Dictionary<string, AttributeValue> item) => new()
    {
        ConnectionId = item[RegistryTables.ConnectionId].S,
        ConnectedAt = NumberAttribute.InstantIn(item[RegistryTables.ConnectedAt]),
        CallbackEndpoint = item[RegistryTables.CallbackEndpoint].S,
        User = item.GetValueOrDefault(RegistryTables.User)?.S,
        SourceAddress = item.GetValueOrDefault(RegistryTables.SourceAddress)?.S,
        Rooms = Rooms(item, RegistryTables.JoinedRooms, joined: true)
            .Concat(Rooms(item, RegistryTables.LeftRooms, joined: false))
            .ToImmutableSortedDictionary(StringComparer.Ordinal),
        ForgottenUntil = item.TryGetValue(RegistryTables.ForgottenUntil, out var until) ? NumberAttribute.InstantIn(until) : null,
        Revision = NumberAttribute.In(item[RegistryTables.Revision]),
    };

    private static void AddDescription(Dictionary<string, AttributeValue> item, Connection connection)
    {
        item[RegistryTables.CallbackEndpoint] = new(connection.CallbackEndpoint);
        item[RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(connection.ConnectedAt);
        item[RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(connection.ExpiresAt);
        AddIfKnown(item, RegistryTables.User, connection.User);
    }

    private static void AddIfKnown(Dictionary<string, AttributeValue> item, string name, string? value)
    {
        if (value is not null)
            item[name] = new(value);
    }

    private static void AddRooms(Dictionary<string, AttributeValue> item, string name, Connection connection, bool joined)
    {
        var rooms = connection.Rooms.Where(room => room.Value.IsIn == joined)
            .ToDictionary(room => room.Key, room => NumberAttribute.OfMilliseconds(room.Value.At));
        if (rooms.Count > 0)
            item[name] = new() { M = rooms };
    }

    private static IEnumerable<KeyValuePair<string, RoomChange>> Rooms(
        Dictionary<string, AttributeValue> item, string name, bool joined) =>
        item.TryGetValue(name, out var rooms)
            ? rooms.M.Select(room => KeyValuePair.Create(room.Key, new RoomChange(NumberAttribute.InstantIn(room.Value), joined)))
            : [];
}
