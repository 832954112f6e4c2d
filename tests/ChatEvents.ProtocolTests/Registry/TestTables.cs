using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.ProtocolTests.Registry;

/// <summary>The tables under names of their own, for as long as one test runs.</summary>
public sealed class TestTables : IAsyncDisposable
{
    private TestTables(IAmazonDynamoDB dynamoDb) => DynamoDb = dynamoDb;

    public IAmazonDynamoDB DynamoDb { get; }

    public TableNames Names { get; } = new()
    {
        Connections = EmulatorsFixture.Unique("Chat"),
        Rooms = EmulatorsFixture.Unique("ChatRooms"),
        Closed = EmulatorsFixture.Unique("ChatClosed"),
        Recent = EmulatorsFixture.Unique("ChatRecent"),
        Bans = EmulatorsFixture.Unique("ChatBans"),
        Progress = EmulatorsFixture.Unique("ChatProgress"),
    };

    /// <summary>As a worker is told of them.</summary>
    public Dictionary<string, string?> Settings => new()
    {
        ["Tables:Connections"] = Names.Connections,
        ["Tables:Rooms"] = Names.Rooms,
        ["Tables:Closed"] = Names.Closed,
        ["Tables:Recent"] = Names.Recent,
        ["Tables:Bans"] = Names.Bans,
        ["Tables:Progress"] = Names.Progress,

        // The gateways of tests are on this machine, each at a port of its own.
        ["FanOut:AllowedEndpoints:0"] = "http://127.0.0.1:0",
        ["FanOut:AllowedEndpoints:1"] = "http://localhost:0",
        ["Registry:Sweep:AllowedEndpoints:0"] = "http://127.0.0.1:0",
        ["Registry:Sweep:AllowedEndpoints:1"] = "http://localhost:0",
    };

    public static async Task<TestTables> CreateAsync(EmulatorsFixture emulators)
    {
        var tables = new TestTables(emulators.CreateDynamoDb());
        await new TablesSetup(tables.DynamoDb, TimeProvider.System, NullLogger<TablesSetup>.Instance)
            .CreateTablesAsync(tables.Names, TestContext.Current.CancellationToken);
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
        foreach (var table in Names.All) await DynamoDb.DeleteTableAsync(table.Name, CancellationToken.None);
        DynamoDb.Dispose();
    }
}
