using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.ConnectionRegistry;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ChatEvents.ProtocolTests.Registry;

/// <summary>The registry's three tables under names of their own, for as long as one test runs.</summary>
public sealed class TestTables : IAsyncDisposable
{
    private TestTables(IAmazonDynamoDB dynamoDb) => DynamoDb = dynamoDb;

    public IAmazonDynamoDB DynamoDb { get; }

    public RegistryOptions Names { get; } = new()
    {
        ConnectionsTable = EmulatorsFixture.Unique("Chat"),
        RoomsTable = EmulatorsFixture.Unique("ChatRooms"),
        ClosedTable = EmulatorsFixture.Unique("ChatClosed"),
        RecentTable = EmulatorsFixture.Unique("ChatRecent"),
        BatchLinger = TimeSpan.Zero, // the clock of some suites stands still
    };

    public RegistryRows Rows => new(DynamoDb, Options.Create(Names), TimeProvider.System, () => 0);

    public static async Task<TestTables> CreateAsync(EmulatorsFixture emulators)
    {
        var tables = new TestTables(emulators.CreateDynamoDb());
        await new RegistryTablesSetup(tables.DynamoDb, tables.Names, TimeProvider.System, NullLogger<RegistryTablesSetup>.Instance)
            .CreateTablesAsync(TestContext.Current.CancellationToken);
        return tables;
    }

    public async Task<List<Dictionary<string, AttributeValue>>> ItemsOfAsync(string table)
    {
        var items = new List<Dictionary<string, AttributeValue>>();
        Dictionary<string, AttributeValue>? next = null;
        do
        {
            var page = await DynamoDb.ScanAsync(
                new ScanRequest { TableName = table, ConsistentRead = true, ExclusiveStartKey = next },
                TestContext.Current.CancellationToken);
            items.AddRange(page.Items ?? []);
            next = page.LastEvaluatedKey;
        }
        while (next is { Count: > 0 });
        return items;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var table in (string[])[Names.ConnectionsTable, Names.RoomsTable, Names.ClosedTable, Names.RecentTable])
            await DynamoDb.DeleteTableAsync(table, CancellationToken.None);
        DynamoDb.Dispose();
    }
}
