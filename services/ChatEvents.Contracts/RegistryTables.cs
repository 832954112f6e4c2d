namespace ChatEvents.Contracts;

/// <summary>
/// Keys and attributes of the DynamoDB tables, shared by the registry worker, which writes them, and the fan-out worker, which only
/// reads. Every item carries <see cref="TimeToLive"/>, and every reader filters on it: DynamoDB deletes expired items days late.
/// </summary>
public static class RegistryTables
{
    /// <summary>Table by default: one row per open connection, partition key <see cref="ConnectionId"/>.</summary>
    public const string Connections = "Chat";

    /// <summary>
    /// Table by default: one row per room and connection, partition key <see cref="RoomShard"/>, sort key <see cref="ConnectionId"/>.
    /// A row repeats what a post needs, so that a walk over a room reads nothing else.
    /// </summary>
    public const string Rooms = "ChatRooms";

    /// <summary>
    /// Table by default: one tombstone per closed connection, partition key <see cref="ConnectionId"/>. Kept apart from the
    /// connections, so that those are exactly the ones believed open.
    /// </summary>
    public const string Closed = "ChatClosed";

    /// <summary>String. The tutorial's key, hence without a capital.</summary>
    public const string ConnectionId = "connectionid";

    /// <summary>String <c>room#shard</c>, the shard in two digits; see <see cref="RoomShardOf"/>.</summary>
    public const string RoomShard = "roomshard";

    /// <summary>String: <see cref="ConnectionOpened.CallbackEndpoint"/>.</summary>
    public const string CallbackEndpoint = "endpoint";

    /// <summary>Number, epoch milliseconds: <see cref="ConnectionOpened.ConnectedAt"/>.</summary>
    public const string ConnectedAt = "connectedat";

    /// <summary>
    /// Number, epoch milliseconds: when this room was joined, in a membership; absent in <see cref="Room.Everyone"/>, where that is
    /// <see cref="ConnectedAt"/>.
    /// </summary>
    public const string JoinedAt = "joinedat";

    /// <summary>
    /// Map of room to the epoch milliseconds at which it was joined: the rooms beside <see cref="Room.Everyone"/>; absent when there
    /// are none.
    /// </summary>
    public const string JoinedRooms = "rooms";

    /// <summary>
    /// Map of room to the epoch milliseconds at which it was left, or at which a join of it was refused; absent when there are none.
    /// Kept so that a join that happened no later than that and arrives now does not bring the membership back. The oldest are dropped
    /// beyond <see cref="Room.MaxLeftMarks"/>.
    /// </summary>
    public const string LeftRooms = "left";

    /// <summary>Number, epoch milliseconds: up to when marks of <see cref="LeftRooms"/> were dropped; absent when none was.</summary>
    public const string ForgottenUntil = "forgotten";

    /// <summary>Number: grows by one with each change of a connection's row, so that a writer notices that it was overtaken.</summary>
    public const string Revision = "revision";

    /// <summary>String: <see cref="ConnectionOpened.User"/>; absent without an authorizer.</summary>
    public const string User = "user";

    /// <summary>String: <see cref="ConnectionOpened.Name"/>; absent without one.</summary>
    public const string Name = "name";

    /// <summary>String: <see cref="ConnectionOpened.Guest"/>; absent for users and without an authorizer.</summary>
    public const string Guest = "guest";

    /// <summary>List of strings: <see cref="ConnectionOpened.MayJoin"/>, in a connection only; absent when all rooms may be joined.</summary>
    public const string MayJoin = "mayjoin";

    /// <summary>Number, epoch milliseconds: <see cref="ConnectionOpened.TokenExpiresAt"/>, in a connection only; absent without a token.</summary>
    public const string TokenExpiresAt = "tokenexpiresat";

    /// <summary>String: <see cref="ConnectionOpened.SourceAddress"/>; absent when unknown.</summary>
    public const string SourceAddress = "source";

    /// <summary>Number, epoch milliseconds: <see cref="ConnectionClosed.ClosedAt"/>.</summary>
    public const string ClosedAt = "closedat";

    /// <summary>Number, epoch <em>seconds</em>, as DynamoDB's TTL wants it.</summary>
    public const string TimeToLive = "ttl";

    /// <summary>
    /// Into how many partition keys one room is spread. One key takes 1,000 writes and 3,000 reads a second, and an account's 500
    /// connects and as many disconnects a second all write the room of everyone: 4 would do, 16 leaves room to raise the quota.
    /// Changing it orphans the memberships of connections that are open at that time.
    /// </summary>
    public const int ShardsPerRoom = 16;

    /// <summary>
    /// How long a row outlives its connection's longest life: connectedAt + 2 h + this margin. It covers late events and clock skew.
    /// </summary>
    public static readonly TimeSpan TimeToLiveMargin = TimeSpan.FromMinutes(15);

    /// <summary>The shard of a connection, the same in every room and every process: FNV-1a over the id.</summary>
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
