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

    /// <summary><see cref="WalkDivided.Attempt"/> at which the walk over this shard was given up; null if there is none.</summary>
    public string? GivenUp { get; init; }

    /// <summary>How long the row is kept; not read.</summary>
    public TimeSpan Life { get; init; } = ProgressSchema.Life;
}

/// <summary>The progress of large walks. Only the fan-out uses it.</summary>
public sealed class ProgressTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, TimeProvider time, RowProblems problems)
{
    private readonly TableSchema _table = names.ProgressTable;

    /// <summary>
    /// The walks that have saved something. One whose row makes no sense begins anew: some connections hear a message twice, none misses it.
    /// </summary>
    public async Task<IReadOnlyDictionary<ProgressKey, ProgressRow>> FindAsync(
        IReadOnlyList<ProgressKey> keys, CancellationToken cancellation)
    {
        var found = await batches.FindAllAsync(_table, keys.Select(ItemKeyOf), cancellation);
        var byKey = keys.ToDictionary(key => key.Text, StringComparer.Ordinal);
        return found
            .Select(item => (Key: byKey[item[ProgressSchema.MessageId].S], Row: RowIn(item)))
            .Where(saved => saved.Row is not null)
            .ToDictionary(saved => saved.Key, saved => saved.Row!);
    }

    public Task PutAsync(IEnumerable<(ProgressKey Key, ProgressRow Row)> rows, CancellationToken cancellation) =>
        batches.PutAllAsync(_table, rows.Select(saved => ItemOf(saved.Key, saved.Row)), cancellation);

    /// <summary>Sets <see cref="ProgressRow.GivenUp"/> and keeps the rest.</summary>
    public Task SetGivenUpAsync(ProgressKey key, string attempt, CancellationToken cancellation) => dynamoDb.UpdateItemAsync(
        new UpdateItemRequest
        {
            TableName = _table.Name,
            Key = ItemKeyOf(key),
            UpdateExpression = "SET #givenup = :attempt, #ttl = :ttl",
            ExpressionAttributeNames = new() { ["#givenup"] = ProgressSchema.GivenUp, ["#ttl"] = ProgressSchema.TimeToLive },
            ExpressionAttributeValues = new() { [":attempt"] = new(attempt), [":ttl"] = EndOf(ProgressSchema.Life) },
        },
        cancellation);

    private ProgressRow? RowIn(Item item)
    {
        var reader = new ItemReader(item, time.GetUtcNow());
        var shard = reader.OptionalNumber(ProgressSchema.Shard);
        reader.Require(shard is null or (>= 0 and <= RegistryTables.ShardsPerRoom), ProgressSchema.Shard, "is no shard");
        var row = new ProgressRow
        {
            Shard = (int?)shard,
            After = reader.OptionalText(ProgressSchema.After),
            Late = reader.OptionalTexts(ProgressSchema.Late),
            IsDivided = item.ContainsKey(ProgressSchema.Divided),
            Outcomes = reader.Numbers(ProgressSchema.Outcomes).ToDictionary(outcome => outcome.Key, outcome => (int)Math.Clamp(outcome.Value, 0, int.MaxValue)),
            GivenUp = reader.OptionalText(ProgressSchema.GivenUp),
        };
        reader.Require(row.After is null || Identifier.IsValid(row.After), ProgressSchema.After, "is no id");
        reader.Require(row.Late.All(Identifier.IsValid), ProgressSchema.Late, "has what is no id");
        if (reader.Problem is not { } problem) return row;
        problems.Report(_table.Name, item[ProgressSchema.MessageId].S, problem);
        return null;
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
        item[ProgressSchema.TimeToLive] = EndOf(row.Life);
        return item;
    }

    private static Item ItemKeyOf(ProgressKey key) => new() { [ProgressSchema.MessageId] = new(key.Text) };

    private AttributeValue EndOf(TimeSpan life) => NumberAttribute.OfSeconds(time.GetUtcNow() + life);
}
