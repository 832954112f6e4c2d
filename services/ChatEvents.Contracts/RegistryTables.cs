namespace ChatEvents.Contracts;

/// <summary>
/// Keys and attributes of the registry's DynamoDB tables. The registry worker writes them; all others only read. Every item has a
/// <see cref="TimeToLive"/>, and every reader filters on it, because DynamoDB may delete expired items days late.
/// </summary>
public static class RegistryTables
{
    /// <summary>Default table name. One row per open connection, partition key <see cref="ConnectionId"/>.</summary>
    public const string Connections = "Chat";

    /// <summary>
    /// Default table name. One row per room and connection, partition key <see cref="RoomShard"/>, sort key <see cref="ConnectionId"/>. A
    /// row has everything that a post needs, so that a walk over a room reads nothing else.
    /// </summary>
    public const string Rooms = "ChatRooms";

    /// <summary>
    /// Default table name. One tombstone per closed connection, partition key <see cref="ConnectionId"/>. A table of its own, so that the
    /// table of connections holds exactly those believed open.
    /// </summary>
    public const string Closed = "ChatClosed";

    /// <summary>String. Lower case, as the key in the tutorial.</summary>
    public const string ConnectionId = "connectionid";

    /// <summary>String <c>room#shard</c>, the shard in two digits; see <see cref="RoomShardOf"/>.</summary>
    public const string RoomShard = "roomshard";

    /// <summary>String: <see cref="ConnectionOpened.CallbackEndpoint"/>.</summary>
    public const string CallbackEndpoint = "endpoint";

    /// <summary>Number, epoch milliseconds: <see cref="ConnectionOpened.ConnectedAt"/>.</summary>
    public const string ConnectedAt = "connectedat";

    /// <summary>
    /// Number: epoch milliseconds at which the room was joined. In memberships only; absent in <see cref="Room.Everyone"/>, which is joined
    /// at <see cref="ConnectedAt"/>.
    /// </summary>
    public const string JoinedAt = "joinedat";

    /// <summary>
    /// Map of room to the epoch milliseconds at which it was joined, without <see cref="Room.Everyone"/>; absent if empty.
    /// </summary>
    public const string JoinedRooms = "rooms";

    /// <summary>
    /// Map of room to the epoch milliseconds at which it was left; absent if empty. It keeps a join that happened earlier but arrives later
    /// from restoring the membership. Beyond <see cref="Room.MaxLeftMarks"/>, the oldest entries are dropped.
    /// </summary>
    public const string LeftRooms = "left";

    /// <summary>
    /// Map of room to the epoch milliseconds of a join that was refused because the connection was in too many rooms; absent if empty. Kept
    /// and dropped like <see cref="LeftRooms"/>.
    /// </summary>
    public const string RefusedRooms = "refused";

    /// <summary>
    /// Map of room to <see cref="MembershipChanged.Order"/> of its change in one of the three maps above; entries of 0 are left out.
    /// </summary>
    public const string ChangeOrders = "order";

    /// <summary>
    /// Number: epoch milliseconds of the latest dropped entry of <see cref="LeftRooms"/> and <see cref="RefusedRooms"/>; absent if none
    /// was dropped.
    /// </summary>
    public const string ForgottenUntil = "forgotten";

    /// <summary>Number: incremented by each change of a connection's row, so that a writer notices concurrent changes.</summary>
    public const string Revision = "revision";

    /// <summary>String: <see cref="ConnectionOpened.User"/>; absent without an authorizer.</summary>
    public const string User = "user";

    /// <summary>String: <see cref="ConnectionOpened.Name"/>; absent without one.</summary>
    public const string Name = "name";

    /// <summary>String: <see cref="ConnectionOpened.Guest"/>; absent for users and without an authorizer.</summary>
    public const string Guest = "guest";

    /// <summary>List of strings: <see cref="ConnectionOpened.MayJoin"/>, in a connection only; absent when all rooms may be joined.</summary>
    public const string MayJoin = "mayjoin";

    /// <summary>String: <see cref="ConnectionOpened.Role"/>; absent without one.</summary>
    public const string Role = "role";

    /// <summary>Number, epoch milliseconds: <see cref="ConnectionOpened.TokenExpiresAt"/>, absent without a token.</summary>
    public const string TokenExpiresAt = "tokenexpiresat";

    /// <summary>String: <see cref="ConnectionOpened.SourceAddress"/>; absent when unknown.</summary>
    public const string SourceAddress = "source";

    /// <summary>String: <c>json</c> for <see cref="ConnectionOpened.Dialect"/>; absent for the plain one. See <see cref="Dialects"/>.</summary>
    public const string Dialect = "dialect";

    /// <summary>Number, epoch milliseconds: <see cref="ConnectionClosed.ClosedAt"/>.</summary>
    public const string ClosedAt = "closedat";

    /// <summary>Number: epoch <em>seconds</em>, for DynamoDB's TTL.</summary>
    public const string TimeToLive = "ttl";

    /// <summary>
    /// The number of partition keys per room. One key takes 1,000 writes and 3,000 reads a second. An account's 500 connects and 500
    /// disconnects a second all write the room of everyone: 4 keys would be enough, 16 leave room for a higher quota. Changing the number
    /// orphans the memberships of open connections.
    /// </summary>
    public const int ShardsPerRoom = 16;

    /// <summary>
    /// How long a row is kept after the longest life of its connection (connectedAt + 2 h). It covers late events and clock skew.
    /// </summary>
    public static readonly TimeSpan TimeToLiveMargin = TimeSpan.FromMinutes(15);

    /// <summary>The shard of a connection, the same in every room and process: FNV-1a of the id.</summary>
    public static int ShardOf(string connectionId)
    {
        var hash = 2166136261u;
        foreach (var c in connectionId)
        {
            hash = (hash ^ c) * 16777619u;
        }

        return (int)(hash % ShardsPerRoom);
    }

    /// <summary>The partition key of a room's shard: <c>everyone#07</c>.</summary>
    public static string RoomShardOf(string room, int shard) => $"{room}#{shard:00}";
}
