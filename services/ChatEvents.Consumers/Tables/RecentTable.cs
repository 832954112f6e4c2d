using Amazon.DynamoDBv2;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>The log of recent messages of each room. The fan-out writes it; the registry looks into it for what newcomers missed.</summary>
public sealed class RecentTable(IAmazonDynamoDB dynamoDb, TableNames names)
{
    /// <summary>
    /// When the latest message since <paramref name="from"/> was posted, or any since <paramref name="enough"/>; null when there is none.
    /// The newest is read first and alone: most often it answers for all, however much was said.
    /// </summary>
    public async Task<DateTimeOffset?> FindLastPostedAsync(string room, DateTimeOffset from, DateTimeOffset enough)
    {
        DateTimeOffset? last = null;
        var query = RecentMessagesQuery.Since(names.Recent, room, from);
        (query.ProjectionExpression, query.ScanIndexForward, query.Limit) = ("#postedat", false, 1);
        do
        {
            var page = await dynamoDb.QueryAsync(query);
            foreach (var item in page.Items ?? [])
            {
                var postedAt = NumberAttribute.InstantIn(item[RecentMessages.PostedAt]);
                if (last is null || postedAt > last) last = postedAt;
            }

            (query.ExclusiveStartKey, query.Limit) = (page.LastEvaluatedKey, null);
        }
        while (query.ExclusiveStartKey is { Count: > 0 } && !(last >= enough));

        return last;
    }
}
