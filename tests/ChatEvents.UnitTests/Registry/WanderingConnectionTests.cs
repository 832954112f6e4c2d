using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Registry;

/// <summary>A connection that joins and leaves rooms for as long as a connection lasts.</summary>
public sealed class WanderingConnectionTests : IDisposable
{
    private const int Rooms = 2_000;

    /// <summary>
    /// By how many events one may overtake another: fewer than leaves are remembered, and so few that the limit of rooms is not reached.
    /// </summary>
    private const int Disorder = 30;

    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly TableNames _tables = new();
    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly FakeTime _time = new(Noon);
    private readonly ConnectionRegistry.ConnectionRegistry _registry;

    public WanderingConnectionTests() =>
        _registry = new TablesUnderTest(_dynamoDb, _tables, _time).Registry;

    public void Dispose() => _dynamoDb.Dispose();

    [Fact(Timeout = 120_000)]
    public async Task Two_thousand_rooms_joined_and_left_in_disorder_leave_a_small_row_and_the_last_room()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var random = new Random(20261121);
        await _registry.OpenAsync(
            new() { ConnectionId = "a=", ConnectedAt = Noon, CallbackEndpoint = "https://example.com/prod" }, cancellation);
        var largest = 0;

        foreach (var (changed, _) in Wandering().SelectMany(AsDelivered).OrderBy(delivery => delivery.Turn))
        {
            await _registry.ChangeMembershipAsync(changed, cancellation);
            largest = Math.Max(largest, RequestUnits.SizeOf(Assert.Single(_dynamoDb.ItemsOf(_tables.Connections))));
        }

        Assert.InRange(largest, 1, 8 * 1024);
        Assert.Equal(
            $"a= in a-room-with-a-long-name-{Rooms - 1}, everyone",
            RoomsByConnection.OfMemberships(_dynamoDb.ItemsOf(_tables.Rooms)));

        IEnumerable<(MembershipChanged Changed, double Turn)> AsDelivered(MembershipChanged changed, int turn) =>
            Enumerable.Repeat(changed, random.Next(10) == 0 ? 2 : 1).Select(copy => (copy, turn + (random.NextDouble() * Disorder)));
    }

    private static IEnumerable<MembershipChanged> Wandering()
    {
        for (var room = 0; room < Rooms; room++)
        {
            yield return Changed(room, isIn: true, at: 2 * room);
            if (room > 0)
                yield return Changed(room - 1, isIn: false, at: (2 * room) + 1);
        }
    }

    private static MembershipChanged Changed(int room, bool isIn, int at) => new()
    {
        ConnectionId = "a=",
        ConnectedAt = Noon,
        CallbackEndpoint = "https://example.com/prod",
        Room = $"a-room-with-a-long-name-{room}",
        IsIn = isIn,
        ChangedAt = Noon + TimeSpan.FromMilliseconds(100 + at),
    };
}
