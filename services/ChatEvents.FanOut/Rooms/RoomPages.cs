using System.Runtime.CompilerServices;
using ChatEvents.Consumers.Tables;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Rooms;

/// <summary>
/// Reads a room from the registry, shard by shard and page by page, always with the next pages requested: memory does not grow with the
/// room. The only place that reads memberships.
/// </summary>
public sealed class RoomPages(
    RoomRows rows, RoomsTable memberships, CallbackEndpoints endpoints, FanOutMeters meters, IOptions<FanOutOptions> options)
{
    private readonly FanOutOptions _options = options.Value;

    public async IAsyncEnumerable<ConnectionPage> ReadPagesAsync(
        WalkScope scope, WalkPosition from, [EnumeratorCancellation] CancellationToken abandoning)
    {
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(abandoning);
        var firstPages = new Queue<Task<RoomRowsResponse>>();
        Task<RoomRowsResponse>? reading = null;
        try
        {
            // The first page of every shard at once. A small room is 16 nearly empty shards: one after the other they would cost 16 round
            // trips before the last client gets the message.
            for (var shard = from.Shard; shard < scope.End.Shard; shard++)
                firstPages.Enqueue(QueryAsync(scope.Room, shard, shard == from.Shard ? from.After : null, leaving.Token));

            for (var shard = from.Shard; shard < scope.End.Shard; shard++)
            {
                reading = firstPages.Dequeue();
                while (reading is not null)
                {
                    var page = await reading;
                    meters.CountPage();
                    reading = page.Next is null ? null : QueryAsync(scope.Room, shard, page.Next, leaving.Token);
                    yield return new ConnectionPage(
                        shard,
                        ConnectionsOf(page.Rows),
                        page.Next is null ? new WalkPosition(shard + 1, null) : new WalkPosition(shard, page.Next));
                }
            }
        }
        finally
        {
            // A caller that stops early must not leave reads behind whose failures go unobserved.
            await leaving.CancelAsync();
            Task left = Task.WhenAll(reading is null ? firstPages : firstPages.Append(reading));
            await left.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>The connections that are still in the room, in any order.</summary>
    public async Task<IReadOnlyList<Connection>> FindAsync(
        string room, IReadOnlyCollection<string> connectionIds, CancellationToken abandoning)
    {
        var found = await memberships.FindAllAsync(room, connectionIds, abandoning);
        return ConnectionsOf(found);
    }

    private Task<RoomRowsResponse> QueryAsync(string room, int shard, string? after, CancellationToken abandoning) =>
        rows.ReadPageAsync(room, shard, after, _options.PageSize, _options.ConsistentReads, abandoning);

    /// <summary>Without those to which nothing may be posted.</summary>
    private List<Connection> ConnectionsOf(IReadOnlyList<Membership> rows)
    {
        var connections = new List<Connection>(rows.Count);
        foreach (var row in rows)
        {
            if (endpoints.Find(row.CallbackEndpoint, row.ConnectionId) is not { } endpoint)
            {
                meters.CountForbidden();
                continue;
            }

            connections.Add(new Connection(row.ConnectionId, endpoint, row.ConnectedAt)
            {
                JoinedAt = row.JoinedAt ?? row.ConnectedAt,
                Dialect = row.Dialect,
            });
        }

        return connections;
    }
}

/// <summary>
/// One slice of a room, within one shard, and where the next begins (<see cref="WalkPosition.End"/> after the last). It can be empty and yet
/// have a next one: DynamoDB filters after it has read.
/// </summary>
public sealed record ConnectionPage(int Shard, IReadOnlyList<Connection> Connections, WalkPosition Next);
