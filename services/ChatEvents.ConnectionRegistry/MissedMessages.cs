using Amazon.DynamoDBv2;
using ChatEvents.ConnectionRegistry.Batching;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// Looks, after a membership was written, for messages whose walk may have passed before it was there, and has the fan-out bring them.
/// To be called after the writing: a walk that begins later finds the membership. Those who came to a room at about the same time share
/// a look, which begins after all of them were written. <c>docs/no-gap.md</c>.
/// </summary>
public sealed class MissedMessages
{
    /// <summary>How many newcomers share a look. Arbitrary: more than a worker has in hand at once by default.</summary>
    private const int MaxNewcomersPerLook = 100;

    private readonly IAmazonDynamoDB _dynamoDb;
    private readonly RouteEventPublisher _publisher;
    private readonly string _table;
    private readonly CallBatcher<MessagesMissed, bool> _looks;

    public MissedMessages(
        IAmazonDynamoDB dynamoDb,
        RouteEventPublisher publisher,
        IOptions<RegistryOptions> options,
        TimeProvider time,
        Func<double> jitter)
    {
        _dynamoDb = dynamoDb;
        _publisher = publisher;
        _table = options.Value.RecentTable;
        _looks = new(MaxNewcomersPerLook, LookAsync, options.Value.BatchLinger, time, jitter);
    }

    public Task ReportAsync(ConnectionOpened opened, CancellationToken cancellation) => ReportAsync(
        [
            .. opened.Rooms.Append(Room.Everyone).Distinct(StringComparer.Ordinal).Select(room => new MessagesMissed
            {
                ConnectionId = opened.ConnectionId,
                ConnectedAt = opened.ConnectedAt,
                CallbackEndpoint = opened.CallbackEndpoint,
                Room = room,
                Since = opened.ConnectedAt,
            }),
        ],
        cancellation);

    public Task ReportAsync(MembershipChanged joined, CancellationToken cancellation) => ReportAsync(
        [
            new MessagesMissed
            {
                ConnectionId = joined.ConnectionId,
                ConnectedAt = joined.ConnectedAt,
                CallbackEndpoint = joined.CallbackEndpoint,
                Room = joined.Room,
                Since = joined.ChangedAt,
            },
        ],
        cancellation);

    private async Task ReportAsync(MessagesMissed[] candidates, CancellationToken cancellation)
    {
        var looks = await Task.WhenAll(candidates.Select(
            candidate => _looks.AskAsync($"{candidate.Room}/{candidate.ConnectionId}", candidate, cancellation)));
        await _publisher.PublishAsync(
            candidates.Zip(looks).Where(candidate => candidate.Second).Select(candidate => (IRouteEvent)candidate.First).ToList(),
            cancellation);
    }

    /// <summary>Whether each candidate has missed something: one look per room.</summary>
    private async Task<IReadOnlyDictionary<string, bool>> LookAsync(IReadOnlyDictionary<string, MessagesMissed> candidates)
    {
        var ofRooms = await Task.WhenAll(candidates.GroupBy(candidate => candidate.Value.Room, StringComparer.Ordinal).Select(async newcomers =>
        {
            var since = newcomers.Select(newcomer => newcomer.Value.Since).Order().ToList();
            var last = await FindLastPostedAsync(newcomers.Key, since[0], since[^1]);
            return newcomers.Select(newcomer => KeyValuePair.Create(newcomer.Key, last >= newcomer.Value.Since));
        }));
        return ofRooms.SelectMany(answers => answers).ToDictionary(StringComparer.Ordinal);
    }

    /// <summary>
    /// When the latest message since <paramref name="from"/> was posted, or any since <paramref name="enough"/>; null when there is none.
    /// The newest is read first and alone: most often it answers for all, however much was said.
    /// </summary>
    private async Task<DateTimeOffset?> FindLastPostedAsync(string room, DateTimeOffset from, DateTimeOffset enough)
    {
        DateTimeOffset? last = null;
        var query = RecentMessagesQuery.Since(_table, room, from);
        (query.ProjectionExpression, query.ScanIndexForward, query.Limit) = ("#postedat", false, 1);
        do
        {
            var page = await _dynamoDb.QueryAsync(query);
            foreach (var item in page.Items ?? [])
            {
                var postedAt = NumberAttribute.InstantIn(item[RecentMessages.PostedAt]);
                if (last is null || postedAt > last)
                    last = postedAt;
            }

            (query.ExclusiveStartKey, query.Limit) = (page.LastEvaluatedKey, null);
        }
        while (query.ExclusiveStartKey is { Count: > 0 } && !(last >= enough));

        return last;
    }
}
