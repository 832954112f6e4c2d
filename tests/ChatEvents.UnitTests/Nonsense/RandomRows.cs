using Amazon.DynamoDBv2.Model;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.UnitTests.Nonsense;

/// <summary>Rows of all tables of which some attributes are of another type, have another value, or are missing. Keys stay keys.</summary>
public sealed class RandomRows(Random random, DateTimeOffset now)
{
    private static readonly string[] Texts =
        ["", "a", "soon", "#", "everyone#owed", "chat.example.com", "ftp://x", "http://", "1", "\u001b[2J", new('x', 2_000), "a\nb", "\ud83d\udc4b"];

    private static readonly string[] Numbers =
        ["0", "-1", "1.5", "1E+20", "9999999999999999", "-62135596800001", "99999999999999999999", "1795260924518", "17", "4", "1E-5"];

    public Item Connection(string id) => Mutated(new()
    {
        [RegistryTables.ConnectionId] = new(id),
        [RegistryTables.CallbackEndpoint] = new("https://ws.example.com/prod"),
        [RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(now.AddHours(-3)),
        [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(now.AddHours(1)),
        [RegistryTables.User] = new("ada"),
        [RegistryTables.Name] = new("Ada"),
        [RegistryTables.Guest] = new("guest-abc234"),
        [RegistryTables.SourceAddress] = new("203.0.113.7"),
        [RegistryTables.TokenExpiresAt] = NumberAttribute.OfMilliseconds(now.AddHours(1)),
        [RegistryTables.MayJoin] = new() { L = [new("*")] },
        [RegistryTables.Role] = new(Roles.Moderator),
        [RegistryTables.JoinedRooms] = new() { M = new() { ["blue"] = NumberAttribute.OfMilliseconds(now) } },
        [RegistryTables.LeftRooms] = new() { M = new() { ["red"] = NumberAttribute.OfMilliseconds(now) } },
        [RegistryTables.RefusedRooms] = new() { M = new() { ["green"] = NumberAttribute.OfMilliseconds(now) } },
        [RegistryTables.ChangeOrders] = new() { M = new() { ["red"] = NumberAttribute.Of(7) } },
        [RegistryTables.Revision] = NumberAttribute.Of(3),
    });

    public Item Membership(string room, string id) => Mutated(new()
    {
        [RegistryTables.RoomShard] = new(RegistryTables.RoomShardOf(room, RegistryTables.ShardOf(id))),
        [RegistryTables.ConnectionId] = new(id),
        [RegistryTables.CallbackEndpoint] = new("https://ws.example.com/prod"),
        [RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(now.AddHours(-1)),
        [RegistryTables.JoinedAt] = NumberAttribute.OfMilliseconds(now.AddHours(-1)),
        [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(now.AddHours(1)),
        [RegistryTables.User] = new("ada"),
        [RegistryTables.Name] = new("Ada"),
    });

    public Item Message(string room, string position, string id) => Mutated(new()
    {
        [RecentMessages.Room] = new(room),
        [RecentMessages.Position] = new(position),
        [RecentMessages.MessageId] = new(id),
        [RecentMessages.ConnectionId] = new("sender="),
        [RecentMessages.Message] = new("nonsense"),
        [RecentMessages.PostedAt] = NumberAttribute.OfMilliseconds(now),
        [RecentMessages.LoggedAt] = NumberAttribute.OfMilliseconds(now),
        [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(now.AddHours(1)),
    });

    public Item Debt(string room, string connectionId) => Mutated(new()
    {
        [RecentMessages.Room] = new(RecentMessages.OwedIn(room)),
        [RecentMessages.Position] = new($"{connectionId}#0639301377612420000#m="),
        [RegistryTables.ConnectionId] = new(connectionId),
        ["messages"] = NumberAttribute.Of(1),
        ["bytes"] = NumberAttribute.Of(5),
        ["messageids"] = new() { SS = ["m="] },
        ["positions"] = new() { SS = ["0639301377612420000#m="] },
        [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(now.AddHours(1)),
    });

    public Item Progress(string messageId)
    {
        var item = Mutated(new()
        {
            [ProgressSchema.MessageId] = new(messageId),
            [ProgressSchema.Shard] = NumberAttribute.Of(0),
            [ProgressSchema.Late] = new() { SS = ["late="] },
            [ProgressSchema.Outcomes] = new() { M = new() { ["Delivered"] = NumberAttribute.Of(3) } },
            [ProgressSchema.TimeToLive] = NumberAttribute.OfSeconds(now.AddHours(1)),
        });

        // A walk that has come this far is no nonsense.
        if (item.GetValueOrDefault(ProgressSchema.Shard)?.N is "4") item[ProgressSchema.Shard] = NumberAttribute.Of(17);
        return item;
    }

    public Item Ban(string key) => Mutated(new()
    {
        [Bans.Banned] = new(key),
        [Bans.BannedAt] = NumberAttribute.OfMilliseconds(now),
        [Bans.TimeToLive] = NumberAttribute.OfSeconds(now.AddHours(1)),
        [Bans.Reason] = new("spam"),
        [Bans.By] = new("ada"),
        [Bans.Guest] = new("guest-abc234"),
        [Bans.LiftedAt] = NumberAttribute.OfMilliseconds(now),
    });

    public Item Turn(string sweep) => Mutated(new()
    {
        [RegistryTables.ConnectionId] = new($"#{sweep}"),
        [RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(now.AddHours(-1)),
    });

    private Item Mutated(Item item)
    {
        string[] keys = [RegistryTables.RoomShard, RecentMessages.Room, RecentMessages.Position, Bans.Banned];
        var attributes = item.Keys.Except(keys).Skip(1).ToList();
        if (attributes.Count == 0 || !item.ContainsKey(RegistryTables.RoomShard)) attributes = [.. item.Keys.Except(keys).Where(name => item[name] != item.First().Value)];
        for (var mutations = 1 + random.Next(3); mutations > 0; mutations--)
        {
            var name = attributes[random.Next(attributes.Count)];
            if (random.Next(4) == 0) item.Remove(name);
            else item[name] = Value(depth: 0);
        }

        return item;
    }

    private AttributeValue Value(int depth) => random.Next(depth > 1 ? 5 : 9) switch
    {
        0 => new() { S = Texts[random.Next(Texts.Length)] },
        1 => new() { N = Numbers[random.Next(Numbers.Length)] },
        2 => new() { BOOL = random.Next(2) == 0 },
        3 => new() { NULL = true },
        4 => new() { B = new MemoryStream([1, 2, 3]) },
        5 => new() { SS = [.. Texts.Where(_ => random.Next(3) == 0).Append("x")] },
        6 => new() { NS = ["1", "2"] },
        7 => new() { L = [.. Enumerable.Range(0, random.Next(4)).Select(_ => Value(depth + 1))] },
        _ => new() { M = Enumerable.Range(0, random.Next(4)).ToDictionary(index => index == 0 ? "blue" : new string('k', index * 900), _ => Value(depth + 1)) },
    };
}
