using System.Text.Json;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Nonsense;

/// <summary>The JSON of route events: most members make sense, some are of the right type and make none.</summary>
internal sealed class RandomEvents(Random random, DateTimeOffset now)
{
    private static readonly string[] Texts =
    [
        "", " ", "a", "a=", "b=", "c=", "everyone", "blue", "everyone#owed", "everyone#07", "@", "@ada", "@ada#owed", "@%00", "#sweep", "m#03", "ü", "a b",
        "\u0000", "a\nb", "\ud83d\udc4b", "a\u202eb", "null", "../..", new('x', 64), new('x', 65), new('m', 128), new('m', 129), new('r', 3_000),
        new('\u00fc', 1_200), "http://", "ftp://x/y", "chat.example.com/prod", "/prod", "https://ws.example.com/prod", "http://[::1]:8080/x",
        "https://x/?q=1", "https://u:p@x/", "https://x y/", "https://\ud83d\udc4b/", "http://a\\b", "https://x/#f", "http://localhost:99999/", "mailto:a@b",
        "0639301377612420000#m=", "0639301377612420000#" + new string('m', 128), "0639301377612420000#", "0639301377612420000", "#m=", "guest-abc234",
        "{\"a\":1}", "{", "{} {}", "\"\\ud83d\"", "https://x/" + new string('p', 3_000),
    ];

    /// <summary>Members by name, each with values that make sense.</summary>
    private Dictionary<string, Func<JsonNode>> Sensible => new()
    {
        ["connectionId"] = () => OneOf("a=", "b=", "c=", "Qv7kLd3mIAMCJw8="),
        ["messageId"] = () => $"m{random.Next(1_000)}=",
        ["connectedAt"] = () => now.AddMinutes(-random.Next(90)),
        ["closedAt"] = () => now,
        ["changedAt"] = () => now.AddSeconds(-random.Next(60)),
        ["postedAt"] = () => now,
        ["since"] = () => now.AddSeconds(-random.Next(60)),
        ["lateSince"] = () => now,
        ["tokenExpiresAt"] = () => now.AddHours(1),
        ["callbackEndpoint"] = () => "https://ws.example.com/prod",
        ["rooms"] = () => Array(random.Next(4), _ => OneOf("blue", "red", "green", Room.Everyone)),
        ["room"] = () => OneOf("blue", "red", Room.Everyone),
        ["foundInRoom"] = () => OneOf("blue", "@ada"),
        ["isIn"] = () => random.Next(2) == 0,
        ["because"] = () => OneOf("Gone", "Disconnected"),
        ["statusCode"] = () => 1001,
        ["reason"] = () => "Going away",
        ["message"] = () => "hello",
        ["user"] = () => OneOf("ada", "bob"),
        ["server"] = () => "billing",
        ["data"] = () => OneOf("{\"a\":[1,null]}", "null", "\"text\"", "7"),
        ["dialect"] = () => OneOf(Enum.GetNames<Dialect>()),
        ["seq"] = () => 1 + random.Next(40),
        ["epoch"] = () => "1795261524518-3fk2a9",
        ["isModerator"] = () => random.Next(2) == 0,
        ["frameId"] = () => "7",
        ["attempt"] = () => "7f3c",
        ["removedAt"] = () => now,
        ["to"] = () => "bob",
        ["name"] = () => "Ada",
        ["guest"] = () => "guest-abc234",
        ["mayJoin"] = () => Array(2, _ => OneOf("*", "blue", "team-*")),
        ["role"] = () => OneOf(Roles.Moderator, "owner"),
        ["act"] = () => OneOf(Enum.GetNames<ModerationAct>()),
        ["targetUser"] = () => OneOf("bob", "cyd"),
        ["targetGuest"] = () => "guest-abc234",
        ["askedAt"] = () => now.AddMinutes(-1 - random.Next(3)), // else it waits for a moderator who is not known yet
        ["until"] = () => now.AddMinutes(random.Next(90)),
        ["requestId"] = () => "Qv7kLGd3oAMF8gQ=",
        ["sourceAddress"] = () => "203.0.113.7",
        ["order"] = () => random.Next(),
        ["attempts"] = () => random.Next(4),
        ["shed"] = () => random.Next(10),
        ["shard"] = () => random.Next(RegistryTables.ShardsPerRoom),
        ["positions"] = () => Array(1 + random.Next(3), index => $"06393013776124200{index:00}#m{random.Next(1_000)}="),
    };

    public string JsonOf(RouteEventType type)
    {
        var members = type.Type.GetProperties().Select(member => JsonNamingPolicy.CamelCase.ConvertName(member.Name)).ToList();
        var routeEvent = new JsonObject();
        foreach (var member in members.Where(member => random.Next(20) > 0)) routeEvent[member] = Sensible[member]();
        if (random.Next(10) > 0) routeEvent.Remove(OneOf("targetUser", "targetGuest")); // it is about one of them
        for (var nonsense = random.Next(3); nonsense > 0; nonsense--)
        {
            var member = members[random.Next(members.Count)];
            routeEvent[member] = Nonsense(Sensible[member]());
        }

        // Half a surrogate pair, and members in another case, are JSON but no JsonNode of ours.
        var json = routeEvent.ToJsonString();
        return random.Next(50) switch
        {
            0 => json.Replace("blue", "\\ud83d", StringComparison.Ordinal),
            1 => $"{json[..^1]},\"Room\":\"everyone#owed\",\"ConnectionId\":\"\"}}",
            _ => json,
        };
    }

    private JsonNode? Nonsense(JsonNode sensible) => sensible switch
    {
        JsonArray => random.Next(5) switch
        {
            0 => Array(0, _ => null),
            1 => Array(21, _ => Texts[random.Next(Texts.Length)]),
            2 => Array(5_000, index => $"room-{index}"),
            3 => Array(3, _ => random.Next(2) == 0 ? null : "blue"),
            _ => Array(1 + random.Next(3), _ => Texts[random.Next(Texts.Length)]),
        },
        JsonValue value when value.TryGetValue<DateTimeOffset>(out _) => OneOf(
            DateTimeOffset.MinValue, DateTimeOffset.UnixEpoch, new(2017, 12, 31, 23, 59, 59, TimeSpan.Zero), now.AddHours(-3), now.AddHours(23),
            now.AddHours(25), now.AddYears(1), DateTimeOffset.MaxValue, new(2026, 11, 21, 0, 0, 0, TimeSpan.FromHours(14))),
        JsonValue value when value.TryGetValue<int>(out _) => OneOf(0, -1, 16, 1_000_001, int.MaxValue, int.MinValue, long.MaxValue),
        JsonValue value when value.TryGetValue<bool>(out _) => random.Next(2) == 0,
        _ => Texts[random.Next(Texts.Length)],
    };

    private T OneOf<T>(params ReadOnlySpan<T> values) => values[random.Next(values.Length)];

    private static JsonArray Array(int length, Func<int, JsonNode?> element) => [.. Enumerable.Range(0, length).Select(element)];
}
