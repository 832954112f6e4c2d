using System.Collections.Concurrent;
using System.Net;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;

namespace ChatEvents.Admin;

/// <summary>What the gateway answered about a connection, or to the request to end it.</summary>
internal enum GatewayAnswer
{
    /// <summary>It is open; or it was, and is ended now.</summary>
    Yes,

    /// <summary>410: it is not open.</summary>
    Gone,

    /// <summary>No answer, or one that says nothing of the connection.</summary>
    None,
}

/// <param name="Kind">What it comes down to.</param>
/// <param name="LastActiveAt">When something was last sent in either direction; null when the gateway did not say.</param>
/// <param name="Problem">Why there is no answer; null when there is one.</param>
internal readonly record struct GatewayReply(GatewayAnswer Kind, DateTimeOffset? LastActiveAt = null, string? Problem = null);

/// <summary>GET and DELETE <c>@connections</c>, by one client per endpoint.</summary>
internal sealed class Gateway(Func<string, IAmazonApiGatewayManagementApi> createClient, string? endpointInstead) : IDisposable
{
    private readonly ConcurrentDictionary<string, IAmazonApiGatewayManagementApi> _clients = new(StringComparer.Ordinal);

    public Task<GatewayReply> AskAsync(string endpoint, string connectionId, CancellationToken cancellation) =>
        CallAsync(
            endpoint,
            async client =>
            {
                var found = await client.GetConnectionAsync(new GetConnectionRequest { ConnectionId = connectionId }, cancellation);
                return new(GatewayAnswer.Yes, found.LastActiveAt is { } at ? new DateTimeOffset(at.ToUniversalTime()) : null);
            },
            cancellation);

    public Task<GatewayReply> DisconnectAsync(string endpoint, string connectionId, CancellationToken cancellation) =>
        CallAsync(
            endpoint,
            async client =>
            {
                await client.DeleteConnectionAsync(new DeleteConnectionRequest { ConnectionId = connectionId }, cancellation);
                return new(GatewayAnswer.Yes);
            },
            cancellation);

    public void Dispose()
    {
        foreach (var client in _clients.Values) client.Dispose();
    }

    private async Task<GatewayReply> CallAsync(
        string endpoint, Func<IAmazonApiGatewayManagementApi, Task<GatewayReply>> call, CancellationToken cancellation)
    {
        try
        {
            return await call(_clients.GetOrAdd(endpointInstead ?? endpoint, createClient));
        }
        catch (GoneException)
        {
            return new(GatewayAnswer.Gone);
        }
        catch (AmazonServiceException refusal) when (refusal.StatusCode != 0)
        {
            return new(GatewayAnswer.None, Problem: refusal.StatusCode == HttpStatusCode.TooManyRequests
                ? "429: the account's requests are used up; ask slower, by --rate"
                : $"{(int)refusal.StatusCode} {refusal.ErrorCode} {refusal.Message}".TrimEnd());
        }
        catch (Exception failure) when (!cancellation.IsCancellationRequested
            && failure is AmazonClientException or AmazonServiceException or HttpRequestException or OperationCanceledException)
        {
            return new(GatewayAnswer.None, Problem: failure.GetBaseException().Message);
        }
    }
}
