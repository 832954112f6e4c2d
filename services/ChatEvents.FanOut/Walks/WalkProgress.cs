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
/// Saves how far large walks have come, so that a redelivered message continues from there and not from the first connection. One item
/// per message, because messages that shared a walk may be redelivered one by one.
/// </summary>
public sealed class WalkProgress(IAmazonDynamoDB dynamo, TableBatches batches, IOptions<FanOutOptions> options, TimeProvider time)
{
    private readonly string _table = options.Value.ProgressTable;

    /// <summary>How far the walk of a redelivered message has come.</summary>
    public async Task<SavedWalk> ReadAsync(WalkScope scope, string messageId, CancellationToken abandoning) =>
        (await ReadAsync([scope], messageId, abandoning))[0];

    /// <summary>How far the walk of a message has come in each of the scopes, in their order.</summary>
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

    /// <summary>Saves that every connection up to the position was dealt with, except for the late ones.</summary>
    public Task SaveAsync(WalkScope scope, IEnumerable<RoomMessage> messages, WalkPosition position, CancellationToken abandoning) =>
        SaveAsync(scope, messages, message => SavedWalk.Of(message, position), abandoning);

    public Task SaveAsync(
        WalkScope scope, IEnumerable<RoomMessage> messages, Func<RoomMessage, SavedWalk> walkOf, CancellationToken abandoning) =>
        batches.PutAsync(_table, messages.Select(message => ItemOf(scope, message.Id, walkOf(message))), abandoning);

    /// <summary>Tells the worker that waits for this shard that no worker will continue its walk.</summary>
    public Task SaveGivenUpAsync(WalkScope scope, IEnumerable<RoomMessage> messages, CancellationToken abandoning) =>
        Task.WhenAll(messages.Select(message => dynamo.UpdateItemAsync(
            new UpdateItemRequest
            {
                TableName = _table,
                Key = new() { [ProgressSchema.MessageId] = KeyOf(scope, message.Id) },
                UpdateExpression = "SET #givenup = :position, #ttl = :ttl",
                ExpressionAttributeNames = new() { ["#givenup"] = ProgressSchema.GivenUp, ["#ttl"] = ProgressSchema.TimeToLive },
                ExpressionAttributeValues = new() { [":position"] = new(message.Position), [":ttl"] = EndOfLife() },
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

    private Dictionary<string, AttributeValue> ItemOf(WalkScope scope, string messageId, SavedWalk walk)
    {
        var item = new Dictionary<string, AttributeValue>
        {
            [ProgressSchema.MessageId] = KeyOf(scope, messageId),
            [ProgressSchema.Shard] = NumberAttribute.Of(walk.Position.Shard),
            [ProgressSchema.Outcomes] = new()
            {
                M = walk.Outcomes.ToDictionary(pair => pair.Key.ToString(), pair => NumberAttribute.Of(pair.Value)),
            },
            [ProgressSchema.TimeToLive] = EndOfLife(),
        };
        if (walk.Position.After is { } after)
            item[ProgressSchema.After] = new(after);
        if (walk.LateConnections.Count > 0)
            item[ProgressSchema.Late] = new(walk.LateConnections.ToList());
        if (walk.IsDivided)
            item[ProgressSchema.Divided] = new() { BOOL = true };
        return item;
    }

    private AttributeValue EndOfLife() => NumberAttribute.OfSeconds(time.GetUtcNow() + ProgressSchema.Life);
}

/// <summary>What a walk that ended early left: where to continue, and which of the connections it had passed were still late.</summary>
public sealed record SavedWalk(WalkPosition Position, IReadOnlyList<string> LateConnections)
{
    /// <summary>Whether the rest was divided by shards, each with a progress of its own; see Division/.</summary>
    public bool IsDivided { get; init; }

    /// <summary>How many deliveries ended how so far.</summary>
    public IReadOnlyDictionary<DeliveryOutcome, int> Outcomes { get; init; } = new Dictionary<DeliveryOutcome, int>();

    /// <summary>Position in the room's log of the message whose walk over this shard was given up; null if there is none.</summary>
    public string? GivenUp { get; init; }

    public static SavedWalk None(WalkScope scope) => new(scope.Start, []);

    /// <summary>
    /// The walk of a message, up to a position. Posts behind it are under way already, but the walk that continues will come to those
    /// connections again: they are not among the late ones.
    /// </summary>
    public static SavedWalk Of(RoomMessage message, WalkPosition position) =>
        new(position, [.. message.Tally.LateConnections().Where(position.IsPast)]) { Outcomes = message.Tally.Outcomes() };
}
