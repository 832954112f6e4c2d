using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// Connections that ended, and nobody said so: their openings come by the queue, as any other's, but the gateway does not know them. A
/// message finds out.
/// </summary>
[Collection<OneLocalSystem>]
public sealed class SilentDropTests(LocalSystemFixture local)
{
    /// <summary>Older than a handshake can take, so that a 410 means gone.</summary>
    private static readonly TimeSpan Age = TimeSpan.FromMinutes(1);

    [Fact(Timeout = 240_000)]
    public async Task Of_a_thousand_connections_that_ended_without_a_word_one_message_leaves_none()
    {
        const int Staying = 20;
        const int Dropped = 1_000;
        var cancellation = TestContext.Current.CancellationToken;
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        var staying = await Task.WhenAll(Enumerable.Range(0, Staying).Select(_ => ChatClient.ConnectAsync(local.Url, cancellation)));
        await local.Servers.UntilRegisteredAsync(Staying, cancellation);
        var endpoint = await FindCallbackEndpointAsync(cancellation);
        await new RouteEventPublisher(local.Servers.Sqs, new RouteEventQueues())
            .PublishAsync([.. Enumerable.Range(0, Dropped).Select(number => Opened(number, endpoint))], cancellation);
        await local.Servers.UntilRegisteredAsync(Staying + Dropped, cancellation);

        await staying[0].PostAsync("Is anybody there?", cancellation);

        foreach (var client in staying)
        {
            Assert.Equal(["Echo: Is anybody there?"], await client.WaitForAsync(1, cancellation));
        }

        await local.Servers.UntilRegisteredAsync(Staying, cancellation);
        await Task.WhenAll(staying.Select(client => client.DisposeAsync().AsTask()));
    }

    /// <summary>Where the rows say that connections are posted to: the workers' view of the gateway, which need not be the test's.</summary>
    private async Task<string> FindCallbackEndpointAsync(CancellationToken cancellation)
    {
        var rows = await local.Servers.DynamoDb.ScanAsync(
            new ScanRequest { TableName = RegistryTables.Connections, ConsistentRead = true, Limit = 1 }, cancellation);
        return Assert.Single(rows.Items)[RegistryTables.CallbackEndpoint].S;
    }

    private static ConnectionOpened Opened(int number, string callbackEndpoint) => new ConnectionOpened
    {
        ConnectionId = $"Dropped{number:D8}=",
        ConnectedAt = TimeProvider.System.GetUtcNow() - Age,
        CallbackEndpoint = callbackEndpoint,
    };
}
