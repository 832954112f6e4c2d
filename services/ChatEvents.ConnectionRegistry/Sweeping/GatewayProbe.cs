using System.Collections.Concurrent;
using System.Net;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>What the gateway said of a connection.</summary>
public enum ProbeOutcome
{
    Open,

    Gone,

    /// <summary>429: the account's requests are used up, and other traffic needs them more.</summary>
    Throttled,

    /// <summary>No answer, or one that says nothing of the connection.</summary>
    NotKnown,
}

/// <summary>Asks the gateway whether a connection is still open, by GET <c>@connections</c>. One client per endpoint.</summary>
public sealed partial class GatewayProbe(
    Func<string, IAmazonApiGatewayManagementApi> createClient, IOptions<SweepOptions> options, ILogger<GatewayProbe> logger) : IDisposable
{
    /// <summary>The answer takes some 10 ms. A connection that gets none is asked about again by the next sweep.</summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly ConcurrentDictionary<string, IAmazonApiGatewayManagementApi> _clients = new(StringComparer.Ordinal);

    public static IAmazonApiGatewayManagementApi CreateClient(AWSCredentials credentials, string endpoint) =>
        new AmazonApiGatewayManagementApiClient(
            credentials,
            new AmazonApiGatewayManagementApiConfig
            {
                ServiceURL = endpoint,
                AuthenticationRegion = FallbackRegionFactory.GetRegionEndpoint()?.SystemName,
                MaxErrorRetry = 0,
                Timeout = Timeout,
            });

    public async Task<ProbeOutcome> AskAsync(Connection connection, CancellationToken cancellation)
    {
        var endpoint = options.Value.CallbackEndpoint is { Length: > 0 } instead ? instead : connection.CallbackEndpoint;
        try
        {
            var client = _clients.GetOrAdd(endpoint, createClient);
            await client.GetConnectionAsync(new GetConnectionRequest { ConnectionId = connection.ConnectionId }, cancellation);
            return ProbeOutcome.Open;
        }
        catch (GoneException)
        {
            return ProbeOutcome.Gone;
        }
        catch (AmazonServiceException throttled) when (throttled.StatusCode == HttpStatusCode.TooManyRequests)
        {
            return ProbeOutcome.Throttled;
        }
        catch (Exception failure) when (IsNoAnswer(failure) && !cancellation.IsCancellationRequested)
        {
            LogNotKnown(connection.ConnectionId, failure.Message);
            return ProbeOutcome.NotKnown;
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    private static bool IsNoAnswer(Exception failure) =>
        failure is AmazonClientException or AmazonServiceException or HttpRequestException or OperationCanceledException;

    [LoggerMessage(LogLevel.Debug, "The gateway does not say whether {ConnectionId} is open: {Problem}")]
    private partial void LogNotKnown(string connectionId, string problem);
}
