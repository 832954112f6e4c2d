using Amazon.DynamoDBv2;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.UnitTests.Registry;

/// <summary>The tables as the registry has them. Their calls do not linger, because the clock of some tests stands still.</summary>
public sealed class TablesUnderTest(IAmazonDynamoDB dynamoDb, TableNames names, TimeProvider time)
{
    private readonly ItemBatches _batches = new(dynamoDb, linger: TimeSpan.Zero, time, jitter: () => 0);

    public ConnectionsTable Connections => new(dynamoDb, _batches, names);

    public RoomsTable Memberships => new(dynamoDb, _batches, names, time);

    public ClosedTable Closed => new(dynamoDb, _batches, names);

    public BansTable Bans => new(dynamoDb, _batches, names, time);

    public RecentTable Recent => new(dynamoDb, _batches, names, time);

    public ConnectionRegistry.ConnectionRegistry Registry => new(Connections, Memberships, Closed, time);
}
