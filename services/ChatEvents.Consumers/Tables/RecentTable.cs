using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>A message in the log of its room.</summary>
/// <param name="Posted">The message. Without its text and data if it was removed.</param>
/// <param name="Position">See <see cref="RecentMessages.Position"/>.</param>
public sealed record RecentMessage(MessagePosted Posted, string Position)
{
    /// <summary>Whether it was removed: it keeps its number only.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>The text as it is posted, of a row from before there were numbers; null in all others.</summary>
    public string? OldText { get; init; }
}

/// <summary>The place of a message in the log, and nothing else of it.</summary>
/// <param name="Position">See <see cref="RecentMessages.Position"/>.</param>
/// <param name="MessageId">Null if the row makes no sense.</param>
/// <param name="PostedAt">When the gateway received the message; null if the row makes no sense.</param>
/// <param name="LoggedAt">When the row was written; the largest time if the row makes no sense.</param>
/// <param name="ExpiresAt">When the row ends; the largest time if the row makes no sense.</param>
public readonly record struct RecentPlace(
    string Position, string? MessageId, DateTimeOffset? PostedAt, DateTimeOffset LoggedAt, DateTimeOffset ExpiresAt);

/// <summary>
/// The log of recent messages of each room. The fan-out writes it, and so gives each message its number; the registry looks there for
/// messages that new members missed.
/// </summary>
public sealed class RecentTable(IAmazonDynamoDB dynamoDb, TableNames names, TimeProvider time, RowProblems problems)
{
    /// <summary>
    /// Rows of the pages when a log is read backwards until its rows are old enough: usually the first one is. Each page is so much larger
    /// than the one before, up to the most.
    /// </summary>
    private const int PageGrowth = 8, MaxPage = 512;

    private readonly TableSchema _table = names.RecentTable;

    /// <summary>Writes a message to a position. That nobody has done so before is what gives it the number.</summary>
    /// <returns>False if the position is taken.</returns>
    public async Task<bool> TryPutAsync(RecentMessage message, DateTimeOffset expiresAt, CancellationToken cancellation)
    {
        return await ConditionalWrite.TryAsync(() => dynamoDb.PutItemAsync(
            new PutItemRequest
            {
                TableName = _table.Name,
                Item = ItemOf(message, expiresAt),
                ConditionExpression = "attribute_not_exists(#position)",
                ExpressionAttributeNames = new() { ["#position"] = RecentMessages.Position },
            },
            cancellation));
    }

    /// <summary>Names a new epoch of a room, unless another one than <paramref name="seen"/> was named before.</summary>
    public async Task<bool> TryBeginEpochAsync(
        string room, string epoch, string? seen, DateTimeOffset expiresAt, CancellationToken cancellation)
    {
        var begin = new PutItemRequest
        {
            TableName = _table.Name,
            Item = new(KeyOf(room, RecentMessages.EpochPosition))
            {
                [RecentMessages.Epoch] = new(epoch),
                [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(expiresAt),
            },
            ConditionExpression = "attribute_not_exists(#epoch)",
            ExpressionAttributeNames = new() { ["#epoch"] = RecentMessages.Epoch },
        };
        if (seen is not null)
        {
            begin.ConditionExpression += " OR #epoch = :seen";
            begin.ExpressionAttributeValues = new() { [":seen"] = new(seen) };
        }

        return await ConditionalWrite.TryAsync(() => dynamoDb.PutItemAsync(begin, cancellation));
    }

    /// <summary>The epoch that a room named last, and when that row ends; null if there is none.</summary>
    public async Task<(string Epoch, DateTimeOffset ExpiresAt)?> FindEpochAsync(string room, CancellationToken cancellation)
    {
        if (await GetAsync(room, RecentMessages.EpochPosition, cancellation) is not { } item) return null;
        var reader = new ItemReader(item, time.GetUtcNow());
        var (epoch, expiresAt) = (reader.Text(RecentMessages.Epoch), reader.InstantOfSeconds(RecentMessages.TimeToLive));
        if (reader.Problem is { } problem) problems.Report(_table.Name, $"the epoch of room {room}", problem);
        return (epoch, expiresAt);
    }

    /// <summary>The message at a position; null if it has expired, or makes no sense.</summary>
    public async Task<RecentMessage?> FindAsync(string room, string position, CancellationToken cancellation) =>
        await GetAsync(room, position, cancellation) is { } item ? MessageIn(item) : null;

    /// <summary>Drops the text and data of a message, and keeps its number.</summary>
    /// <returns>False if it has expired meanwhile.</returns>
    public async Task<bool> RemoveAsync(string room, string position, CancellationToken cancellation)
    {
        return await ConditionalWrite.TryAsync(() => dynamoDb.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = _table.Name,
                Key = KeyOf(room, position),
                UpdateExpression = "SET #removed = :true REMOVE #message, #data",
                ConditionExpression = "attribute_exists(#room)",
                ExpressionAttributeNames = new()
                {
                    ["#removed"] = RecentMessages.Removed,
                    ["#message"] = RecentMessages.Message,
                    ["#data"] = RecentMessages.Data,
                    ["#room"] = RecentMessages.Room,
                },
                ExpressionAttributeValues = new() { [":true"] = new() { BOOL = true } },
            },
            cancellation));
    }

    /// <summary>Where the messages of a user are that are not removed, by a scan of the logs of all rooms.</summary>
    public IAsyncEnumerable<(string Room, string Position)> ReadPositionsOfAsync(string user)
    {
        var scan = new ScanRequest
        {
            TableName = _table.Name,
            ConsistentRead = true,
            FilterExpression = "#user = :user AND attribute_not_exists(#removed)",
            ProjectionExpression = "#room, #position",
            ExpressionAttributeNames = new()
            {
                ["#user"] = RecentMessages.User,
                ["#removed"] = RecentMessages.Removed,
                ["#room"] = RecentMessages.Room,
                ["#position"] = RecentMessages.Position,
            },
            ExpressionAttributeValues = new() { [":user"] = new(user) },
        };
        return dynamoDb.Paginators.Scan(scan).Responses
            .SelectMany(page => (page.Items ?? []).ToAsyncEnumerable())
            .Select(item => (item[RecentMessages.Room].S, item[RecentMessages.Position].S));
    }

    /// <summary>The places of a room's messages, the newest first, read consistently and no further than the caller goes.</summary>
    public async IAsyncEnumerable<RecentPlace> ReadBackAsync(string room, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var query = QueryOf(room, RecentMessages.BeforePositions, RecentMessages.BehindPositions);
        (query.ScanIndexForward, query.Limit) = (false, 1);
        query.ProjectionExpression = "#position, #messageid, #postedat, #loggedat, #ttl";
        query.ExpressionAttributeNames["#messageid"] = RecentMessages.MessageId;
        query.ExpressionAttributeNames["#postedat"] = RecentMessages.PostedAt;
        query.ExpressionAttributeNames["#loggedat"] = RecentMessages.LoggedAt;
        query.ExpressionAttributeNames["#ttl"] = RecentMessages.TimeToLive;
        do
        {
            var page = await dynamoDb.QueryAsync(query, cancellation);
            foreach (var item in page.Items ?? [])
            {
                if (PlaceIn(item, room) is { } place) yield return place;
            }

            (query.ExclusiveStartKey, query.Limit) = (page.LastEvaluatedKey, Math.Min(MaxPage, query.Limit!.Value * PageGrowth));
        }
        while (query.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>What was posted to a room at an instant or later, in the order of the log.</summary>
    public async IAsyncEnumerable<RecentMessage> ReadSinceAsync(
        string room, DateTimeOffset since, [EnumeratorCancellation] CancellationToken cancellation)
    {
        if (await FindFirstSinceAsync(room, since - RecentMessages.ClockMargin, cancellation) is not { } first) yield break;
        var query = QueryOf(room, first, RecentMessages.BehindPositions);
        query.FilterExpression = "#postedat >= :since";
        query.ExpressionAttributeNames["#postedat"] = RecentMessages.PostedAt;
        query.ExpressionAttributeValues[":since"] = NumberAttribute.OfMilliseconds(since);
        do
        {
            var page = await dynamoDb.QueryAsync(query, cancellation);
            foreach (var item in page.Items ?? [])
            {
                if (MessageIn(item) is { } message) yield return message;
            }

            query.ExclusiveStartKey = page.LastEvaluatedKey;
        }
        while (query.ExclusiveStartKey is { Count: > 0 });
    }

    /// <summary>
    /// When the latest message since <paramref name="from"/> was posted, or any message since <paramref name="enough"/>; null if there is
    /// none. The newest message is read first and alone: usually it is enough, however many there are.
    /// </summary>
    public async Task<DateTimeOffset?> FindLastPostedAsync(string room, DateTimeOffset from, DateTimeOffset enough)
    {
        DateTimeOffset? last = null;
        await foreach (var place in ReadBackAsync(room, CancellationToken.None))
        {
            if (place.LoggedAt < from - RecentMessages.ClockMargin) break;
            if (place.PostedAt >= from && !(place.PostedAt <= last)) last = place.PostedAt;
            if (last >= enough) break;
        }

        return last;
    }

    /// <summary>
    /// A position at or shortly before the first message that was logged since an instant, in steps that double from the newest message
    /// backwards: numbers have no holes. Null if there is none.
    /// </summary>
    private async Task<string?> FindFirstSinceAsync(string room, DateTimeOffset since, CancellationToken cancellation)
    {
        var newest = await ReadBackAsync(room, cancellation).FirstOrDefaultAsync(cancellation);
        if (newest.Position is null || newest.LoggedAt < since) return null;

        RecentMessages.TryReadPosition(newest.Position, out var epoch, out var seq);
        for (long back = 1; seq > 1; back *= 2)
        {
            seq = Math.Max(1, seq - back);
            var item = await GetAsync(room, RecentMessages.PositionOf(epoch, seq), cancellation);
            if (item is null || LoggedAtIn(item) < since) break;
        }

        return RecentMessages.PositionOf(epoch, seq);
    }

    private async Task<Item?> GetAsync(string room, string position, CancellationToken cancellation)
    {
        var response = await dynamoDb.GetItemAsync(
            new GetItemRequest { TableName = _table.Name, Key = KeyOf(room, position), ConsistentRead = true }, cancellation);
        return response.Item is { Count: > 0 } item ? item : null;
    }

    private QueryRequest QueryOf(string room, string from, string to) => new()
    {
        TableName = _table.Name,
        KeyConditionExpression = "#room = :room AND #position BETWEEN :from AND :to",
        ExpressionAttributeNames = new() { ["#room"] = RecentMessages.Room, ["#position"] = RecentMessages.Position },
        ExpressionAttributeValues = new() { [":room"] = new(room), [":from"] = new(from), [":to"] = new(to) },
        ConsistentRead = true,
    };

    /// <returns>Null for a position that nobody of this system writes.</returns>
    private RecentPlace? PlaceIn(Item item, string room)
    {
        var position = item[RecentMessages.Position].S;
        if (!RecentMessages.TryReadPosition(position, out _, out _))
        {
            problems.Report(_table.Name, $"{position} of room {room}", $"{RecentMessages.Position} is no position");
            return null;
        }

        var reader = new ItemReader(item, time.GetUtcNow());
        var messageId = reader.Id(RecentMessages.MessageId);
        var postedAt = reader.Past(RecentMessages.PostedAt);
        if (reader.Problem is { } problem) problems.Report(_table.Name, $"{position} of room {room}", problem);
        return new(
            position,
            Identifier.IsValid(messageId) ? messageId : null,
            reader.ProblemAttribute is null ? postedAt : null,
            LoggedAtIn(item),
            ExpiresAtIn(item));
    }

    private DateTimeOffset LoggedAtIn(Item item)
    {
        var reader = new ItemReader(item, time.GetUtcNow());
        var loggedAt = reader.Past(RecentMessages.LoggedAt);

        // Nothing was logged before its epoch began: what is behind such a row must be read all the same.
        return reader.Problem is null
            && RecentMessages.TryReadPosition(item[RecentMessages.Position].S, out var epoch, out _)
            && loggedAt >= RecentMessages.BeginOf(epoch) - RecentMessages.ClockMargin
                ? loggedAt
                : DateTimeOffset.MaxValue;
    }

    private DateTimeOffset ExpiresAtIn(Item item)
    {
        var reader = new ItemReader(item, time.GetUtcNow());
        var expiresAt = reader.InstantOfSeconds(RecentMessages.TimeToLive);
        return reader.Problem is null ? expiresAt : DateTimeOffset.MaxValue;
    }

    private RecentMessage? MessageIn(Item item)
    {
        var reader = new ItemReader(item, time.GetUtcNow());
        var position = reader.Text(RecentMessages.Position);
        var isOld = RecentMessages.IsOldPosition(position);
        var isRemoved = item.GetValueOrDefault(RecentMessages.Removed)?.BOOL == true;
        var posted = new MessagePosted
        {
            Room = reader.Text(RecentMessages.Room),
            MessageId = reader.Id(RecentMessages.MessageId),
            ConnectionId = isOld ? "" : reader.Id(RecentMessages.ConnectionId),
            User = reader.OptionalText(RecentMessages.User),
            Name = reader.OptionalText(RecentMessages.Name),
            Guest = reader.OptionalText(RecentMessages.Guest),
            Server = reader.OptionalText(RecentMessages.Server),
            Message = isRemoved ? "" : reader.OptionalText(isOld ? RecentMessages.OldText : RecentMessages.Message) ?? "",
            Data = isRemoved ? null : reader.OptionalText(RecentMessages.Data),
            PostedAt = reader.Past(RecentMessages.PostedAt),
        };
        reader.Require(isOld || RecentMessages.TryReadPosition(position, out _, out _), RecentMessages.Position, "is no position");
        reader.Require(posted.Data is null || JsonText.IsValue(posted.Data), RecentMessages.Data, "is no JSON");
        if (reader.Problem is null)
            return new(posted, position) { IsRemoved = isRemoved, OldText = isOld ? posted.Message : null };
        problems.Report(_table.Name, $"{position} of room {posted.Room}", reader.Problem);
        return null;
    }

    private Item ItemOf(RecentMessage message, DateTimeOffset expiresAt)
    {
        var posted = message.Posted;
        RecentMessages.TryReadPosition(message.Position, out var epoch, out var seq);
        var item = new Item(KeyOf(posted.Room, message.Position))
        {
            [RecentMessages.Epoch] = new(epoch),
            [RecentMessages.Seq] = NumberAttribute.Of(seq),
            [RecentMessages.MessageId] = new(posted.MessageId),
            [RecentMessages.ConnectionId] = new(posted.ConnectionId),
            [RecentMessages.PostedAt] = NumberAttribute.OfMilliseconds(posted.PostedAt),
            [RecentMessages.LoggedAt] = NumberAttribute.OfMilliseconds(time.GetUtcNow()),
            [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(expiresAt),
        };
        Add(RecentMessages.Message, posted.Message.Length > 0 ? posted.Message : null);
        Add(RecentMessages.Data, posted.Data);
        Add(RecentMessages.User, posted.User);
        Add(RecentMessages.Name, posted.Name);
        Add(RecentMessages.Guest, posted.Guest);
        Add(RecentMessages.Server, posted.Server);
        return item;

        void Add(string name, string? text)
        {
            if (text is not null) item[name] = new(text);
        }
    }

    private static Item KeyOf(string room, string position) => new()
    {
        [RecentMessages.Room] = new(room),
        [RecentMessages.Position] = new(position),
    };
}
