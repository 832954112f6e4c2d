using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>The gateway's answer about a connection, or to the request to close it.</summary>
public enum GatewayReplyKind
{
    /// <summary>It is open; or it was, and is closed now.</summary>
    Open,

    /// <summary>410, or 400 for an id that no connection can have: it is not open.</summary>
    Gone,

    /// <summary>429: the account's request quota is used up, and other traffic needs it more.</summary>
    Throttled,

    /// <summary>No answer, or one that says nothing about the connection.</summary>
    NotKnown,
}

/// <param name="Kind">The meaning of the answer.</param>
/// <param name="LastActiveAt">When something was last sent in either direction; null if the gateway did not say.</param>
/// <param name="Problem">Why nothing is known; null if something is.</param>
public readonly record struct GatewayReply(GatewayReplyKind Kind, DateTimeOffset? LastActiveAt = null, string? Problem = null);

/// <summary>What has to be known of a connection to end it.</summary>
/// <param name="Endpoint">Where requests about it go.</param>
/// <param name="ConnectionId">Its id.</param>
/// <param name="Dialect">In which it is told why.</param>
public readonly record struct ConnectionToEnd(string Endpoint, string ConnectionId, Dialect Dialect)
{
    public static ConnectionToEnd Of(ConnectionRow row) => new(row.CallbackEndpoint, row.ConnectionId, row.Dialect);

    public static ConnectionToEnd Of(Membership membership) => new(membership.CallbackEndpoint, membership.ConnectionId, membership.Dialect);
}

/// <summary>GET, POST and DELETE <c>@connections</c>, by one client per endpoint.</summary>
/// <param name="createClient">A client of the management API at one callback endpoint.</param>
/// <param name="endpointInstead">Called instead of the endpoint in each row; may be null or empty.</param>
/// <param name="allowed">Which endpoints of rows may be called; requests are signed.</param>
public sealed class Gateway(
    Func<string, IAmazonApiGatewayManagementApi> createClient, string? endpointInstead, AllowedEndpoints allowed) : IDisposable
{
    /// <summary>An answer takes about 10 ms. If there is none, the next sweep asks again.</summary>
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

    public Task<GatewayReply> AskAsync(string endpoint, string connectionId, CancellationToken cancellation) =>
        CallAsync(
            endpoint,
            async client =>
            {
                var found = await client.GetConnectionAsync(new GetConnectionRequest { ConnectionId = connectionId }, cancellation);
                return found.LastActiveAt is { } at ? new DateTimeOffset(at.ToUniversalTime()) : null;
            },
            cancellation);

    public Task<GatewayReply> DisconnectAsync(string endpoint, string connectionId, CancellationToken cancellation) =>
        CallAsync(
            endpoint,
            async client =>
            {
                await client.DeleteConnectionAsync(new DeleteConnectionRequest { ConnectionId = connectionId }, cancellation);
                return null;
            },
            cancellation);

    /// <summary>Posts a text to the connection.</summary>
    public Task<GatewayReply> TellAsync(string endpoint, string connectionId, string text, CancellationToken cancellation) =>
        CallAsync(
            endpoint,
            async client =>
            {
                using var data = new MemoryStream(Encoding.UTF8.GetBytes(text));
                await client.PostToConnectionAsync(new PostToConnectionRequest { ConnectionId = connectionId, Data = data }, cancellation);
                return null;
            },
            cancellation);

    /// <summary>Ends a connection, which is told why before; a null says nothing. That it cannot be told is no reason to let it go on.</summary>
    public async Task<GatewayReply> EndAsync(ConnectionToEnd connection, string? why, CancellationToken cancellation)
    {
        var (endpoint, connectionId, dialect) = connection;
        if (why is not null) await TellAsync(endpoint, connectionId, new ErrorFrame(ErrorCode.Forbidden, why).In(dialect), cancellation);
        return await DisconnectAsync(endpoint, connectionId, cancellation);
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values) client.Dispose();
    }

    private async Task<GatewayReply> CallAsync(
        string endpoint, Func<IAmazonApiGatewayManagementApi, Task<DateTimeOffset?>> call, CancellationToken cancellation)
    {
        var instead = endpointInstead is { Length: > 0 };
        if (!instead && !allowed.Allow(endpoint))
        {
            return new(GatewayReplyKind.NotKnown, Problem: $"the endpoint {Quote.Of(endpoint)} is neither a host of API Gateway in this "
                + $"region nor in {SweepOptions.Section}:{nameof(SweepOptions.AllowedEndpoints)}");
        }

        try
        {
            var client = _clients.GetOrAdd(instead ? endpointInstead! : endpoint, createClient);
            return new(GatewayReplyKind.Open, await call(client));
        }
        catch (GoneException)
        {
            return new(GatewayReplyKind.Gone);
        }
        catch (AmazonServiceException malformed) when (malformed.StatusCode == HttpStatusCode.BadRequest
            && malformed.Message.Contains("connectionId", StringComparison.OrdinalIgnoreCase))
        {
            // "Invalid connectionId": no connection can have such an id, so this one is not open.
            return new(GatewayReplyKind.Gone);
        }
        catch (AmazonServiceException throttled) when (throttled.StatusCode == HttpStatusCode.TooManyRequests)
        {
            return new(GatewayReplyKind.Throttled, Problem: $"429: the account's requests are used up; ask slower, by --rate or {SweepOptions.Section}:ChecksPerSecond");
        }
        catch (AmazonServiceException refusal) when (refusal.StatusCode != 0)
        {
            return new(GatewayReplyKind.NotKnown, Problem: $"{(int)refusal.StatusCode} {refusal.ErrorCode} {refusal.Message}".TrimEnd());
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested
            && failure is AmazonClientException or AmazonServiceException or HttpRequestException or OperationCanceledException)
        {
            return new(GatewayReplyKind.NotKnown, Problem: failure.GetBaseException().Message);
        }
    }
}
