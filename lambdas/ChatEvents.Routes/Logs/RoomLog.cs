using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes.Logs;

/// <summary>Reads the logs of rooms, which the fan-out writes. Messages whose time is over are gone, whether or not DynamoDB has deleted them.</summary>
internal sealed class RoomLog(Func<AwsClient> createClient, RouteSettings settings, TimeProvider time)
{
    /// <summary>
    /// How many pages are read to get past messages whose time is over, beyond the first one: 4 MB. DynamoDB may take days to delete them;
    /// usually it takes minutes.
    /// </summary>
    private const int MaxMorePages = 4;

    private readonly Lazy<AwsClient> _dynamoDb = new(createClient);

    private long Now => time.GetUtcNow().ToUnixTimeSeconds();

    /// <summary>Where the log ends. Consistent.</summary>
    public async Task<RoomTail> FindTailAsync(string room, CancellationToken answering)
    {
        var newest = new LogRange(RecentMessages.BeforePositions, RecentMessages.BehindPositions) { IsDescending = true, IsConsistent = true };
        var page = await ReadPageAsync(room, newest, limit: 1, after: null, answering);
        return page.Messages is [var last] ? new(last.Epoch, last.Seq) : RoomTail.OfNothing;
    }

    /// <summary>Reads what is kept in a range, in its order, and at least one message if there is any.</summary>
    /// <param name="room">The room.</param>
    /// <param name="range">Which positions.</param>
    /// <param name="limit">How many messages are enough.</param>
    /// <param name="answering">Cancelled when an answer would come too late.</param>
    public async Task<LogPage> ReadAsync(string room, LogRange range, int limit, CancellationToken answering)
    {
        var page = await ReadPageAsync(room, range, limit, after: null, answering);
        for (var more = 0; page is { Messages: [], Next: not null } && more < MaxMorePages; more++)
            page = await ReadPageAsync(room, range, limit: null, page.Next, answering);
        return page;
    }

    private async Task<LogPage> ReadPageAsync(string room, LogRange range, int? limit, string? after, CancellationToken answering)
    {
        using var answer = await _dynamoDb.Value.CallAsync(
            "DynamoDB_20120810.Query", json => Write(json, room, range, limit, after), answering);
        var messages = new List<LoggedMessage>();
        foreach (var row in answer.RootElement.GetProperty("Items").EnumerateArray())
        {
            // A removal is noted beside its message, and is no message.
            if (RecentMessages.TryReadPosition(row.TextOf(RecentMessages.Position), out var epoch, out var seq)
                && row.NumberOf(RecentMessages.TimeToLive) > Now)
            {
                messages.Add(new LoggedMessage(epoch, seq) { Text = TextIn(row) });
            }
        }

        return new LogPage(
            messages, answer.RootElement.TryGetProperty("LastEvaluatedKey", out var next) ? next.GetRawText() : null);
    }

    /// <returns>Null if it was removed, or makes no sense.</returns>
    private static LoggedText? TextIn(JsonElement row) =>
        !row.TryGetProperty(RecentMessages.Removed, out _)
        && row.TextOf(RecentMessages.MessageId) is { } messageId
        && row.NumberOf(RecentMessages.PostedAt) is { } postedAt and >= 0 and <= MaxMilliseconds
            ? new LoggedText(messageId, DateTimeOffset.FromUnixTimeMilliseconds(postedAt), row.TextOf(RecentMessages.Message) ?? "")
            {
                Data = row.TextOf(RecentMessages.Data) is { } data && JsonText.IsValue(data) ? data : null,
                User = row.TextOf(RecentMessages.User),
                Name = row.TextOf(RecentMessages.Name),
                Guest = row.TextOf(RecentMessages.Guest),
                Server = row.TextOf(RecentMessages.Server),
            }
            : null;

    private void Write(Utf8JsonWriter json, string room, LogRange range, int? limit, string? after)
    {
        json.WriteString("TableName", settings.RecentTable);
        json.WriteString("KeyConditionExpression", "#room = :room AND #position BETWEEN :from AND :to");
        json.WriteBoolean("ScanIndexForward", !range.IsDescending);
        json.WriteBoolean("ConsistentRead", range.IsConsistent);
        if (limit is { } rows) json.WriteNumber("Limit", rows);
        json.WriteStartObject("ExpressionAttributeNames");
        json.WriteString("#room", RecentMessages.Room);
        json.WriteString("#position", RecentMessages.Position);
        json.WriteEndObject();
        json.WriteStartObject("ExpressionAttributeValues");
        json.WriteText(":room", room);
        json.WriteText(":from", range.From);
        json.WriteText(":to", range.To);
        json.WriteEndObject();
        if (after is null) return;
        json.WritePropertyName("ExclusiveStartKey");
        json.WriteRawValue(after);
    }

    /// <summary>The last instant that .NET knows.</summary>
    private const long MaxMilliseconds = 253_402_300_799_999;
}

/// <summary>Positions in the log of a room, both ends included.</summary>
internal readonly record struct LogRange(string From, string To)
{
    /// <summary>Whether the newest messages come first.</summary>
    public bool IsDescending { get; init; }

    /// <summary>Whether the read is strongly consistent, at twice the price.</summary>
    public bool IsConsistent { get; init; }
}

/// <param name="Messages">What is kept.</param>
/// <param name="Next">The key, as JSON, after which the next page begins; null after the last.</param>
internal sealed record LogPage(IReadOnlyList<LoggedMessage> Messages, string? Next);
