using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Registry;

/// <summary>Who is in which rooms, as a text that can be compared: told by the rows, by the memberships, or by a history.</summary>
internal static class RoomsByConnection
{
    public static string OfRows(IEnumerable<Dictionary<string, AttributeValue>> rows) => Text(rows.ToDictionary(
        row => row["connectionid"].S,
        row => new SortedSet<string>(
            (row.TryGetValue("rooms", out var rooms) ? rooms.M.Keys : Enumerable.Empty<string>())
                .Append(Room.Everyone)
                .Concat(row.TryGetValue("user", out var user) ? [$"@{user.S}"] : []))));

    public static string OfMemberships(IEnumerable<Dictionary<string, AttributeValue>> memberships) => Text(memberships
        .GroupBy(membership => membership["connectionid"].S)
        .ToDictionary(
            connection => connection.Key,
            connection => new SortedSet<string>(connection.Select(membership => membership["roomshard"].S.Split('#')[0]))));

    public static string Text(IReadOnlyDictionary<string, SortedSet<string>> roomsByConnection) => string.Join("; ", roomsByConnection
        .OrderBy(connection => connection.Key, StringComparer.Ordinal)
        .Select(connection => $"{connection.Key} in {string.Join(", ", connection.Value)}"));
}
