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
        await using var tables = await TestTables.CreateAsync(emulators);
        var (dynamoDb, names) = (tables.DynamoDb, tables.Names);
        await dynamoDb.PutItemAsync(names.ConnectionsTable, new() { ["connectionid"] = new("a=") }, Cancellation);

        await new RegistryTablesSetup(dynamoDb, names, TimeProvider.System, NullLogger<RegistryTablesSetup>.Instance)
            .CreateTablesAsync(Cancellation);

        var kept = await dynamoDb.GetItemAsync(names.ConnectionsTable, new() { ["connectionid"] = new("a=") }, Cancellation);
        Assert.Equal("a=", kept.Item["connectionid"].S);
        var rooms = await dynamoDb.DescribeTableAsync(names.RoomsTable, Cancellation);
        Assert.Equal(["roomshard HASH", "connectionid RANGE"], rooms.Table.KeySchema.Select(key => $"{key.AttributeName} {key.KeyType}"));
        Assert.Equal(BillingMode.PAY_PER_REQUEST, rooms.Table.BillingModeSummary.BillingMode);
    }
}
