using Amazon.DynamoDBv2;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.UnitTests.Registry;

public sealed class RegistryInMemoryTests : RegistrySuite, IDisposable
{
    protected override IAmazonDynamoDB DynamoDb { get; } = new InMemoryDynamoDb();

    protected override TableNames Tables { get; } = new();

    public void Dispose() => DynamoDb.Dispose();
}
