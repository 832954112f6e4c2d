using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>The log of recent messages as either worker reads it.</summary>
public static class RecentMessagesQuery
{
    /// <summary>
    /// What may have been posted to a room at an instant or later, oldest first. It may also find some that were posted shortly before:
    /// <see cref="RecentMessages.FirstPositionSince"/>. <c>#postedat</c> is known to it, for a filter or a projection.
    /// </summary>
    public static QueryRequest Since(string table, string room, DateTimeOffset instant) => new()
    {
        TableName = table,
        KeyConditionExpression = "#room = :room AND #position >= :from",
        ExpressionAttributeNames = new()
        {
            ["#room"] = RecentMessages.Room,
            ["#position"] = RecentMessages.Position,
            ["#postedat"] = RecentMessages.PostedAt,
        },
        ExpressionAttributeValues = new()
        {
            [":room"] = new(room),
            [":from"] = new(RecentMessages.FirstPositionSince(instant)),
        },
        ConsistentRead = true,
    };
}
