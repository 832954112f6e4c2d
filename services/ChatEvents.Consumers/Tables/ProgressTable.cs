using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>The walk of one message, over its whole room or over one shard of it.</summary>
public readonly record struct ProgressKey(string MessageId, int? Shard = null)
{
    internal string Text => Shard is { } shard ? $"{MessageId}#{shard:00}" : MessageId;
}

/// <summary>How far a walk has come.</summary>
public sealed record ProgressRow
{
    /// <summary>The shard in which it is; null when only <see cref="GivenUp"/> was saved.</summary>
    public int? Shard { get; init; }

    /// <summary>The last connection of that shard that it has passed; null at the beginning of a shard.</summary>
    public string? After { get; init; }

    /// <summary>Connections that it has passed but not reached yet.</summary>
    public IReadOnlyList<string> Late { get; init; } = [];

    /// <summary>Whether each shard from here on is walked by itself.</summary>
    public bool IsDivided { get; init; }

    /// <summary>How many deliveries ended how so far.</summary>
    public IReadOnlyDictionary<string, int> Outcomes { get; init; } = new Dictionary<string, int>();

    /// <summary>Position in the log of the message whose walk over this shard was given up; null if there is none.</summary>
    public string? GivenUp { get; init; }
}

/// <summary>The progress of large walks. Only the fan-out uses it.</summary>
public sealed class ProgressTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, TimeProvider time)
{
    private readonly TableSchema _table = names.ProgressTable;

    /// <summary>The walks that have saved something.</summary>
    public async Task<IReadOnlyDictionary<ProgressKey, ProgressRow>> FindAsync(
        IReadOnlyList<ProgressKey> keys, CancellationToken cancellation)
    {
        var found = await batches.FindAllAsync(_table, keys.Select(ItemKeyOf), cancellation);
        var byKey = keys.ToDictionary(key => key.Text, StringComparer.Ordinal);
        return found.ToDictionary(item => byKey[item[ProgressSchema.MessageId].S], RowIn);
    }

    public Task PutAsync(IEnumerable<(ProgressKey Key, ProgressRow Row)> rows, CancellationToken cancellation) =>
        batches.PutAllAsync(_table, rows.Select(saved => ItemOf(saved.Key, saved.Row)), cancellation);

    /// <summary>Sets <see cref="ProgressRow.GivenUp"/> and keeps the rest.</summary>
    public Task SetGivenUpAsync(ProgressKey key, string position, CancellationToken cancellation) => dynamoDb.UpdateItemAsync(
        new UpdateItemRequest
        {
            TableName = _table.Name,
            Key = ItemKeyOf(key),
            UpdateExpression = "SET #givenup = :position, #ttl = :ttl",
            ExpressionAttributeNames = new() { ["#givenup"] = ProgressSchema.GivenUp, ["#ttl"] = ProgressSchema.TimeToLive },
            ExpressionAttributeValues = new() { [":position"] = new(position), [":ttl"] = EndOfLife() },
        },
        cancellation);

    private ProgressRow RowIn(Item item)
    {
        var reader = new ItemReader(item);
        var row = new ProgressRow
        {
            Shard = (int?)reader.OptionalNumber(ProgressSchema.Shard),
            After = reader.OptionalText(ProgressSchema.After),
            Late = reader.OptionalTexts(ProgressSchema.Late),
            IsDivided = item.ContainsKey(ProgressSchema.Divided),
            Outcomes = reader.Numbers(ProgressSchema.Outcomes).ToDictionary(outcome => outcome.Key, outcome => (int)outcome.Value),
            GivenUp = reader.OptionalText(ProgressSchema.GivenUp),
        };
        return reader.Problem is { } problem
            ? throw new SenselessRowException(_table.Name, item[ProgressSchema.MessageId].S, problem)
            : row;
    }

    private Item ItemOf(ProgressKey key, ProgressRow row)
    {
        var item = ItemKeyOf(key);
        if (row.Shard is { } shard) item[ProgressSchema.Shard] = NumberAttribute.Of(shard);
        if (row.After is { } after) item[ProgressSchema.After] = new(after);
        if (row.Late.Count > 0) item[ProgressSchema.Late] = new([.. row.Late]);
        if (row.IsDivided) item[ProgressSchema.Divided] = new() { BOOL = true };
        item[ProgressSchema.Outcomes] = new()
        {
            M = row.Outcomes.ToDictionary(outcome => outcome.Key, outcome => NumberAttribute.Of(outcome.Value)),
        };
        item[ProgressSchema.TimeToLive] = EndOfLife();
        return item;
    }

    private static Item ItemKeyOf(ProgressKey key) => new() { [ProgressSchema.MessageId] = new(key.Text) };

    private AttributeValue EndOfLife() => NumberAttribute.OfSeconds(time.GetUtcNow() + ProgressSchema.Life);
}
