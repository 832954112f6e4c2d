using System.Globalization;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Tables;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut.Walks;

/// <summary>
/// Remembers how far large walks have come, so that a message that is received again goes on from there and not from the first
/// connection. One item per message, because messages that shared a walk may come back one by one.
/// </summary>
public sealed class WalkProgress(IAmazonDynamoDB dynamo, TableBatches batches, IOptions<FanOutOptions> options, TimeProvider time)
{
    private readonly string _table = options.Value.ProgressTable;

    /// <summary>What there is to know of a message that was received before.</summary>
    public async Task<SavedWalk> ReadAsync(WalkScope scope, string messageId, CancellationToken abandoning) =>
        (await ReadAsync([scope], messageId, abandoning))[0];

    /// <summary>What there is to know of a message in each of the scopes, in their order.</summary>
    public async Task<IReadOnlyList<SavedWalk>> ReadAsync(
        IReadOnlyList<WalkScope> scopes, string messageId, CancellationToken abandoning)
    {
        var found = await batches.GetAsync(
            _table,
            scopes.Select(scope => new Dictionary<string, AttributeValue> { [ProgressSchema.MessageId] = KeyOf(scope, messageId) }),
            abandoning);
        var items = found.ToDictionary(item => item[ProgressSchema.MessageId].S, StringComparer.Ordinal);
        return [.. scopes.Select(scope =>
            items.TryGetValue(KeyOf(scope, messageId).S, out var item) ? SavedIn(item, scope) : SavedWalk.None(scope))];
    }

    /// <summary>Everything up to the position was dealt with, but for those who are late.</summary>
    public Task SaveAsync(WalkScope scope, IEnumerable<MessageTally> messages, WalkPosition position, CancellationToken abandoning) =>
        batches.PutAsync(_table, messages.Select(tally => ItemOf(scope, tally, position)), abandoning);

    /// <summary>The walk ends at the position, and every shard from there on is walked by itself.</summary>
    public async Task SaveDividedAsync(
        string room, IReadOnlyList<MessageTally> messages, WalkPosition position, CancellationToken abandoning)
    {
        // First where the shard in the middle of which it was divided goes on: with the other item, that must be known already.
        var shard = new WalkScope(room, position.Shard);
        if (position != shard.Start)
            await batches.PutAsync(_table, messages.Select(tally => PositionOf(shard, tally, position)), abandoning);

        await batches.PutAsync(
            _table,
            messages.Select(tally =>
            {
                var item = ItemOf(new WalkScope(room), tally, shard.Start);
                item[ProgressSchema.Divided] = new() { BOOL = true };
                return item;
            }),
            abandoning);
    }

    /// <summary>Nobody will go on with the walk over this shard; whoever waits for it has to know.</summary>
    public Task SaveGivenUpAsync(WalkScope scope, IEnumerable<MessageTally> messages, CancellationToken abandoning) =>
        Task.WhenAll(messages.Select(tally => dynamo.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = _table,
                Key = new() { [ProgressSchema.MessageId] = KeyOf(scope, tally.Message.MessageId) },
                UpdateExpression = "SET #givenup = :position, #ttl = :ttl",
                ExpressionAttributeNames = new() { ["#givenup"] = ProgressSchema.GivenUp, ["#ttl"] = ProgressSchema.TimeToLive },
                ExpressionAttributeValues = new() { [":position"] = new(tally.Position), [":ttl"] = EndOfLife() },
            },
            abandoning)));

    private static AttributeValue KeyOf(WalkScope scope, string messageId) =>
        new(scope.Shard is { } shard ? $"{messageId}#{shard:00}" : messageId);

    private static SavedWalk SavedIn(Dictionary<string, AttributeValue> item, WalkScope scope) => new(
        item.TryGetValue(ProgressSchema.Shard, out var shard)
            ? new WalkPosition(int.Parse(shard.N, CultureInfo.InvariantCulture), item.GetValueOrDefault(ProgressSchema.After)?.S)
            : scope.Start,
        item.GetValueOrDefault(ProgressSchema.Late)?.SS ?? [])
    {
        IsDivided = item.ContainsKey(ProgressSchema.Divided),
        Outcomes = (item.GetValueOrDefault(ProgressSchema.Outcomes)?.M ?? []).ToDictionary(
            pair => Enum.Parse<DeliveryOutcome>(pair.Key), pair => int.Parse(pair.Value.N, CultureInfo.InvariantCulture)),
        GivenUp = item.GetValueOrDefault(ProgressSchema.GivenUp)?.S,
    };

    private Dictionary<string, AttributeValue> ItemOf(WalkScope scope, MessageTally tally, WalkPosition position)
    {
        var item = PositionOf(scope, tally, position);

        // Posts behind the position are under way already: whoever is late there will be walked to again, and must not be taken over too.
        if (tally.LateConnections().Where(position.IsPast).ToList() is { Count: > 0 } late)
            item[ProgressSchema.Late] = new(late);
        item[ProgressSchema.Outcomes] = new()
        {
            M = tally.Outcomes().ToDictionary(pair => pair.Key.ToString(), pair => NumberAttribute.Of(pair.Value)),
        };
        return item;
    }

    private Dictionary<string, AttributeValue> PositionOf(WalkScope scope, MessageTally tally, WalkPosition position)
    {
        var item = new Dictionary<string, AttributeValue>
        {
            [ProgressSchema.MessageId] = KeyOf(scope, tally.Message.MessageId),
            [ProgressSchema.Shard] = NumberAttribute.Of(position.Shard),
            [ProgressSchema.TimeToLive] = EndOfLife(),
        };
        if (position.After is { } after)
            item[ProgressSchema.After] = new(after);
        return item;
    }

    private AttributeValue EndOfLife() => NumberAttribute.OfSeconds(time.GetUtcNow() + ProgressSchema.Life);
}
