using Amazon.DynamoDBv2;
using ChatEvents.Consumers.Tables;
using ChatEvents.UnitTests.Registry;

namespace ChatEvents.ProtocolTests.Registry;

/// <summary>The registry's suite on the server that AWS_ENDPOINT_URL_DYNAMODB names, or else on the emulator.</summary>
public sealed class RegistryOnDynamoDbTests(EmulatorsFixture emulators) : RegistrySuite, IAsyncLifetime
{
    private TestTables? _tables;

    protected override IAmazonDynamoDB DynamoDb => _tables!.DynamoDb;

    protected override TableNames Tables => _tables!.Names;

    public async ValueTask InitializeAsync() => _tables = await TestTables.CreateAsync(emulators);

    public async ValueTask DisposeAsync() => await _tables!.DisposeAsync();
}
