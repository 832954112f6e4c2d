using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// Looks, after a membership was written, for messages whose walk may have passed before it was there, and has the fan-out bring them.
/// To be called after the writing: a walk that begins later finds the membership. <c>docs/no-gap.md</c>.
/// </summary>
public sealed class MissedMessages(
    IAmazonDynamoDB dynamoDb, RouteEventPublisher publisher, IOptions<RegistryOptions> options)
{
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
        var looks = await Task.WhenAll(candidates.Select(candidate => AreThereAsync(candidate, cancellation)));
        await publisher.PublishAsync(
            candidates.Zip(looks).Where(candidate => candidate.Second).Select(candidate => (IRouteEvent)candidate.First).ToList(),
            cancellation);
    }

    private async Task<bool> AreThereAsync(MessagesMissed candidate, CancellationToken cancellation)
    {
        Dictionary<string, AttributeValue>? after = null;
        do
        {
            var page = await dynamoDb.QueryAsync(
                new QueryRequest
                {
                    TableName = options.Value.RecentTable,
                    KeyConditionExpression = "#room = :room AND #position >= :from",
                    FilterExpression = "#postedat >= :since",
                    ProjectionExpression = "#position",
                    ExpressionAttributeNames = new()
                    {
                        ["#room"] = RecentMessages.Room,
                        ["#position"] = RecentMessages.Position,
                        ["#postedat"] = RecentMessages.PostedAt,
                    },
                    ExpressionAttributeValues = new()
                    {
                        [":room"] = new(candidate.Room),
                        [":from"] = new(RecentMessages.PositionAt(candidate.Since - RecentMessages.ClockMargin)),
                        [":since"] = RegistryItems.Milliseconds(candidate.Since),
                    },
                    ConsistentRead = true,
                    ExclusiveStartKey = after,
                },
                cancellation);
            if (page.Items is { Count: > 0 })
                return true;
            after = page.LastEvaluatedKey;
        }
        while (after is { Count: > 0 });

        return false;
    }
}
