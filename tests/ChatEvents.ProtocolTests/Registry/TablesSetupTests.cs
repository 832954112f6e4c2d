using Amazon.DynamoDBv2;
using ChatEvents.Consumers.Tables;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.ProtocolTests.Registry;

public sealed class TablesSetupTests(EmulatorsFixture emulators)
{
    [Fact(Timeout = 60_000)]
    public async Task Tables_are_created_once_and_left_alone_then()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var tables = await TestTables.CreateAsync(emulators);
        var (dynamoDb, names) = (tables.DynamoDb, tables.Names);
        await dynamoDb.PutItemAsync(names.Connections, new() { ["connectionid"] = new("a=") }, cancellation);

        await new TablesSetup(dynamoDb, TimeProvider.System, NullLogger<TablesSetup>.Instance).CreateTablesAsync(names, cancellation);

        var kept = await dynamoDb.GetItemAsync(names.Connections, new() { ["connectionid"] = new("a=") }, cancellation);
        Assert.Equal("a=", kept.Item["connectionid"].S);
        var rooms = await dynamoDb.DescribeTableAsync(names.Rooms, cancellation);
        Assert.Equal(["roomshard HASH", "connectionid RANGE"], rooms.Table.KeySchema.Select(key => $"{key.AttributeName} {key.KeyType}"));
        Assert.Equal(BillingMode.PAY_PER_REQUEST, rooms.Table.BillingModeSummary.BillingMode);
    }
}
