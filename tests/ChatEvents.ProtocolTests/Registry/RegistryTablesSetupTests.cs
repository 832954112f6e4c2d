using Amazon.DynamoDBv2;
using ChatEvents.ConnectionRegistry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.ProtocolTests.Registry;

public sealed class RegistryTablesSetupTests(EmulatorsFixture emulators)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Tables_are_created_once_and_left_alone_then()
    {
        using var dynamoDb = emulators.CreateDynamoDb();
        var tables = new RegistryOptions
        {
            ConnectionsTable = EmulatorsFixture.Unique("Chat"),
            RoomsTable = EmulatorsFixture.Unique("ChatRooms"),
            ClosedTable = EmulatorsFixture.Unique("ChatClosed"),
        };
        var setup = new RegistryTablesSetup(dynamoDb, tables, TimeProvider.System, NullLogger<RegistryTablesSetup>.Instance);

        await setup.CreateTablesAsync(Cancellation);
        await dynamoDb.PutItemAsync(tables.ConnectionsTable, new() { ["connectionid"] = new("a=") }, Cancellation);
        await setup.CreateTablesAsync(Cancellation);

        var kept = await dynamoDb.GetItemAsync(tables.ConnectionsTable, new() { ["connectionid"] = new("a=") }, Cancellation);
        Assert.Equal("a=", kept.Item["connectionid"].S);
        var rooms = await dynamoDb.DescribeTableAsync(tables.RoomsTable, Cancellation);
        Assert.Equal(["roomshard HASH", "connectionid RANGE"], rooms.Table.KeySchema.Select(key => $"{key.AttributeName} {key.KeyType}"));
        Assert.Equal(BillingMode.PAY_PER_REQUEST, rooms.Table.BillingModeSummary.BillingMode);
    }
}
