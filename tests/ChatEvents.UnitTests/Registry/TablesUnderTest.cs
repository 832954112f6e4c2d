using Amazon.DynamoDBv2;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.UnitTests.Registry;

/// <summary>The tables as the registry has them. Their calls do not linger, because the clock of some tests stands still.</summary>
public sealed class TablesUnderTest(IAmazonDynamoDB dynamoDb, TableNames names, TimeProvider time, Action<SenselessRow>? tell = null)
{
    private readonly ItemBatches _batches = new(dynamoDb, linger: TimeSpan.Zero, time, jitter: () => 0);

    private readonly RowProblems _problems = new(time, tell ?? (_ => { }));

    public ConnectionsTable Connections => new(dynamoDb, _batches, names, _problems);

    public RoomsTable Memberships => new(dynamoDb, _batches, names, time, _problems);

    public ClosedTable Closed => new(dynamoDb, _batches, names);

    public BansTable Bans => new(dynamoDb, _batches, names, time, _problems);

    public RecentTable Recent => new(dynamoDb, names, time, _problems);

    public ConnectionRegistry.ConnectionRegistry Registry => new(Connections, Memberships, Closed, time);
}
