using Amazon.DynamoDBv2;

namespace ChatEvents.UnitTests.Registry;

public sealed class RegistryInMemoryTests : RegistrySuite, IDisposable
{
    protected override IAmazonDynamoDB DynamoDb { get; } = new InMemoryDynamoDb();

    public void Dispose() => DynamoDb.Dispose();
}
