using Amazon.DynamoDBv2;
using ChatEvents.ConnectionRegistry;
using ChatEvents.UnitTests.Registry;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.ProtocolTests.Registry;

/// <summary>The registry's suite on the server that AWS_ENDPOINT_URL_DYNAMODB names, or else on the emulator.</summary>
public sealed class RegistryOnDynamoDbTests : RegistrySuite, IAsyncLifetime
{
    public RegistryOnDynamoDbTests(EmulatorsFixture emulators)
    {
        DynamoDb = emulators.CreateDynamoDb();
        Tables.ConnectionsTable = EmulatorsFixture.Unique("Chat");
        Tables.RoomsTable = EmulatorsFixture.Unique("ChatRooms");
        Tables.ClosedTable = EmulatorsFixture.Unique("ChatClosed");
    }

    protected override IAmazonDynamoDB DynamoDb { get; }

    public async ValueTask InitializeAsync() =>
        await new RegistryTablesSetup(DynamoDb, Tables, TimeProvider.System, NullLogger<RegistryTablesSetup>.Instance)
            .CreateTablesAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var table in (string[])[Tables.ConnectionsTable, Tables.RoomsTable, Tables.ClosedTable])
            await DynamoDb.DeleteTableAsync(table, CancellationToken.None);
        DynamoDb.Dispose();
    }
}
