using Amazon.DynamoDBv2;
using ChatEvents.ConnectionRegistry;

namespace ChatEvents.UnitTests.Registry;

public sealed class RegistryInMemoryTests : RegistrySuite, IDisposable
{
    protected override IAmazonDynamoDB DynamoDb { get; } = new InMemoryDynamoDb();

    protected override RegistryOptions Tables { get; } = new() { BatchLinger = TimeSpan.Zero };

    public void Dispose() => DynamoDb.Dispose();
}
