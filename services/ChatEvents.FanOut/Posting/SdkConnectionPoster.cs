using System.Collections.Concurrent;
using System.Net;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// Posts by Amazon's own client, one per endpoint. Chosen by <see cref="FanOutOptions.Client"/>: for comparison, and where
/// something only the SDK does is needed. Its retries are off, as Polly's are the only ones.
/// </summary>
public sealed class SdkConnectionPoster(
    Func<CallbackEndpoint, IAmazonApiGatewayManagementApi> createClient) : IConnectionPoster, IDisposable
{
    private readonly ConcurrentDictionary<CallbackEndpoint, IAmazonApiGatewayManagementApi> _clients = [];

    public static IAmazonApiGatewayManagementApi CreateClient(
        AWSCredentials credentials, string region, CallbackEndpoint endpoint, FanOutOptions options) =>
        new AmazonApiGatewayManagementApiClient(credentials, new AmazonApiGatewayManagementApiConfig
        {
            ServiceURL = endpoint.Address.ToString(),
            AuthenticationRegion = region,
            MaxErrorRetry = 0,
            Timeout = options.PostTimeout,
            MaxConnectionsPerServer = options.Concurrency,
        });

    public async ValueTask<Delivery> PostAsync(Connection connection, RenderedMessage message, CancellationToken abandoning)
    {
        if (message.IsTooLarge)
            return new Delivery(DeliveryOutcome.TooLarge);

        return await CallAsync(
            connection,
            client => client.PostToConnectionAsync(
                new PostToConnectionRequest { ConnectionId = connection.Id, Data = new MemoryStream(message.Body.ToArray()) }, abandoning),
            abandoning);
    }

    public async ValueTask<Delivery> CloseAsync(Connection connection, CancellationToken abandoning) => await CallAsync(
        connection,
        client => client.DeleteConnectionAsync(new DeleteConnectionRequest { ConnectionId = connection.Id }, abandoning),
        abandoning);

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Dispose();
        }
    }

    private async Task<Delivery> CallAsync(
        Connection connection, Func<IAmazonApiGatewayManagementApi, Task> call, CancellationToken abandoning)
    {
        try
        {
            await call(_clients.GetOrAdd(connection.Endpoint, createClient));
            return new Delivery(DeliveryOutcome.Delivered);
        }
        catch (AmazonServiceException answer) when (answer.StatusCode != 0)
        {
            return DeliveryOf(answer);
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !abandoning.IsCancellationRequested)
        {
            // The SDK wraps some failures of a socket and lets others through as they are, in types that change with its versions.
            return new Delivery(DeliveryOutcome.Failed, Reason: failure.Message);
        }
    }

    private static Delivery DeliveryOf(AmazonServiceException answer) => answer.StatusCode switch
    {
        HttpStatusCode.Gone => new Delivery(DeliveryOutcome.Gone),
        HttpStatusCode.TooManyRequests => new Delivery(DeliveryOutcome.Throttled),
        HttpStatusCode.RequestEntityTooLarge => new Delivery(DeliveryOutcome.TooLarge),
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden =>
            new Delivery(DeliveryOutcome.Forbidden, Reason: $"{(int)answer.StatusCode} {answer.ErrorCode}"),
        var status => new Delivery(DeliveryOutcome.Failed, Reason: $"{(int)status} {answer.ErrorCode}")
        {
            IsRefused = status < HttpStatusCode.InternalServerError,
        },
    };
}
