using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>A user or an address that may not connect for a time.</summary>
/// <param name="Key">See <see cref="Bans.KeysOf"/>.</param>
/// <param name="BannedAt">When it was banned.</param>
/// <param name="Until">When the ban ends.</param>
/// <param name="Reason">Null when nobody gave one.</param>
public sealed record Ban(string Key, DateTimeOffset BannedAt, DateTimeOffset Until, string? Reason);

/// <summary>The table of bans. The operator's tool writes it. Readers never see expired ones, which DynamoDB deletes days late.</summary>
public sealed class BansTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, TimeProvider time)
{
    private readonly TableSchema _table = names.BansTable;

    public Task PutAsync(Ban ban, CancellationToken cancellation)
    {
        var item = KeyOf(ban.Key);
        item[Bans.BannedAt] = NumberAttribute.OfMilliseconds(ban.BannedAt);
        item[Bans.TimeToLive] = NumberAttribute.OfSeconds(ban.Until);
        if (ban.Reason is { } reason) item[Bans.Reason] = new(reason);
        return batches.PutAsync(_table, item, cancellation);
    }

    public Task RemoveAsync(string key, CancellationToken cancellation) => batches.DeleteAsync(_table, KeyOf(key), cancellation);

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
        var reader = new ItemReader(item);
        var ban = new Ban(
            reader.Text(Bans.Banned),
            reader.OptionalInstant(Bans.BannedAt) ?? DateTimeOffset.UnixEpoch,
            reader.InstantOfSeconds(Bans.TimeToLive),
            reader.OptionalText(Bans.Reason));
        return reader.Problem is null && ban.Until > time.GetUtcNow() ? ban : null;
    }

    private static Item KeyOf(string key) => new() { [Bans.Banned] = new(key) };
}
