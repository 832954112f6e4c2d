using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>A user or an address that may not connect for a time, or may again.</summary>
/// <param name="Key">See <see cref="Bans.KeysOf"/>.</param>
/// <param name="BannedAt">When it was banned; of a ban that was lifted, when that was.</param>
/// <param name="Until">When the ban ends; of a ban that was lifted, until when that is remembered.</param>
/// <param name="Reason">Null when nobody gave one.</param>
public sealed record Ban(string Key, DateTimeOffset BannedAt, DateTimeOffset Until, string? Reason)
{
    /// <summary>The moderator who decided it; null for the operator.</summary>
    public string? By { get; init; }

    /// <summary>The guest whose address it is; null for users, and for addresses that the operator named.</summary>
    public string? Guest { get; init; }

    public bool IsLifted { get; init; }

    public static Ban Lifted(string key, DateTimeOffset at, string? by) => new(key, at, at + Bans.LiftedLife, Reason: null) { By = by, IsLifted = true };

    public bool HoldsAt(DateTimeOffset now) => !IsLifted && Until > now;
}

/// <summary>What the table says of somebody, so that a decision can take its place.</summary>
/// <param name="Decision">The last one, lifted and expired ones too; null when the row makes no sense.</param>
/// <param name="BannedAt">The attribute, whatever it is; null when it is absent.</param>
/// <param name="LiftedAt">The same.</param>
public sealed record BanRow(Ban? Decision, AttributeValue? BannedAt, AttributeValue? LiftedAt);

/// <summary>
/// The table of bans. The operator's tool writes it, and the registry for moderators. Readers never see expired ones, which DynamoDB deletes
/// days late.
/// </summary>
public sealed class BansTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, TimeProvider time, RowProblems problems)
{
    private readonly TableSchema _table = names.BansTable;

    /// <summary>Puts a decision in place of the row that was read.</summary>
    /// <returns>Whether that one was still there; if not, nothing was changed.</returns>
    public async Task<bool> TryReplaceAsync(Ban ban, BanRow? asRead, CancellationToken cancellation)
    {
        var request = new PutItemRequest { TableName = _table.Name, Item = ItemOf(ban), ConditionExpression = $"attribute_not_exists({Bans.Banned})" };
        if (asRead is not null)
        {
            request.ConditionExpression = $"{Still(Bans.BannedAt, asRead.BannedAt)} AND {Still(Bans.LiftedAt, asRead.LiftedAt)}";
        }

        return await ConditionalWrite.TryAsync(() => dynamoDb.PutItemAsync(request, cancellation));

        string Still(string name, AttributeValue? value)
        {
            if (value is null) return $"attribute_not_exists({name})";
            (request.ExpressionAttributeValues ??= []).Add($":{name}", value);
            return $"{name} = :{name}";
        }
    }

    /// <summary>Reads consistently what there is; null for nothing.</summary>
    public async Task<BanRow?> FindRowAsync(string key, CancellationToken cancellation) =>
        await batches.FindAsync(_table, KeyOf(key), consistent: true, cancellation) is { } item
            ? new BanRow(Read(item), item.GetValueOrDefault(Bans.BannedAt), item.GetValueOrDefault(Bans.LiftedAt))
            : null;

    /// <summary>Reads a ban consistently; null when there is none that holds.</summary>
    public async Task<Ban?> FindAsync(string key, CancellationToken cancellation) =>
        await batches.FindAsync(_table, KeyOf(key), consistent: true, cancellation) is { } item ? BanIn(item) : null;

    /// <summary>All bans that hold, by a scan.</summary>
    public IAsyncEnumerable<Ban> ReadAllAsync(CancellationToken cancellation) =>
        dynamoDb.Paginators.Scan(new ScanRequest { TableName = _table.Name, ConsistentRead = true }).Responses
            .SelectMany(page => (page.Items ?? []).ToAsyncEnumerable())
            .Select(BanIn)
            .OfType<Ban>();

    /// <returns>Null for what is over, and for what is no ban.</returns>
    private Ban? BanIn(Item item)
    {
        var ban = Read(item);
        return ban?.HoldsAt(time.GetUtcNow()) == true ? ban : null;
    }

    /// <returns>Null for what is no ban.</returns>
    private Ban? Read(Item item)
    {
        var reader = new ItemReader(item, time.GetUtcNow());
        var liftedAt = reader.OptionalInstant(Bans.LiftedAt);
        var ban = new Ban(
            reader.Text(Bans.Banned),
            liftedAt ?? reader.OptionalInstant(Bans.BannedAt) ?? DateTimeOffset.UnixEpoch,
            reader.InstantOfSeconds(Bans.TimeToLive),
            reader.OptionalText(Bans.Reason))
        {
            By = reader.OptionalText(Bans.By),
            Guest = reader.OptionalText(Bans.Guest),
            IsLifted = liftedAt is not null,
        };
        if (reader.Problem is not { } problem) return ban;
        problems.Report(_table.Name, ban.Key, problem);
        return null;
    }

    private static Item ItemOf(Ban ban)
    {
        var item = KeyOf(ban.Key);
        item[ban.IsLifted ? Bans.LiftedAt : Bans.BannedAt] = NumberAttribute.OfMilliseconds(ban.BannedAt);
        item[Bans.TimeToLive] = NumberAttribute.OfSeconds(ban.Until);
        if (ban.Reason is { } reason) item[Bans.Reason] = new(reason);
        if (ban.By is { } by) item[Bans.By] = new(by);
        if (ban.Guest is { } guest) item[Bans.Guest] = new(guest);
        return item;
    }

    private static Item KeyOf(string key) => new() { [Bans.Banned] = new(key) };
}
