using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

/// <summary>Events whose JSON is right and that make no sense are refused with a sentence that names the member.</summary>
public sealed class EventCheckTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("connection-opened.json", "connectionId", "#sweep")]
    [InlineData("connection-opened.json", "connectionId", "a b")]
    [InlineData("connection-opened.json", "connectionId", "\u00fc")]
    [InlineData("connection-opened.json", "callbackEndpoint", "chat.example.com/prod")]
    [InlineData("connection-opened.json", "callbackEndpoint", "ftp://chat.example.com/prod")]
    [InlineData("connection-opened.json", "callbackEndpoint", "https://chat.example.com/prod?stage=x")]
    [InlineData("connection-opened.json", "callbackEndpoint", "https://me@chat.example.com/prod")]
    [InlineData("connection-opened.json", "connectedAt", "2017-12-31T23:59:59Z")]
    [InlineData("connection-opened.json", "connectedAt", "2026-11-22T12:00:01Z")]
    [InlineData("connection-opened.json", "user", "a\nb")]
    [InlineData("membership-changed.json", "room", "everyone#owed")]
    [InlineData("membership-changed.json", "room", "@ada")]
    [InlineData("membership-changed.json", "changedAt", "9999-01-01T00:00:00Z")]
    [InlineData("connection-closed.json", "foundInRoom", "everyone#03")]
    [InlineData("message-posted.json", "room", "everyone#owed")]
    [InlineData("message-posted.json", "room", "")]
    [InlineData("message-posted.json", "room", "@")]
    [InlineData("message-posted.json", "messageId", "m#03")]
    [InlineData("message-posted.json", "to", "")]
    [InlineData("message-posted.json", "server", "")]
    [InlineData("message-posted.json", "shed", -1)]
    [InlineData("message-posted.json", "shed", 100_001)]
    [InlineData("message-posted.json", "data", "")]
    [InlineData("message-posted.json", "data", "{")]
    [InlineData("message-posted.json", "data", "{} {}")]
    [InlineData("message-removed.json", "room", "everyone#owed")]
    [InlineData("message-removed.json", "seq", 0)]
    [InlineData("message-removed.json", "seq", 1_000_000_000_000)]
    [InlineData("message-removed.json", "epoch", "")]
    [InlineData("message-removed.json", "epoch", "1#2")]
    [InlineData("message-removed.json", "frameId", "a b")]
    [InlineData("moderation-asked.json", "frameId", "a/b")]
    [InlineData("message-removed.json", "callbackEndpoint", "ftp://chat.example.com/prod")]
    [InlineData("message-removed.json", "dialect", 2)]
    [InlineData("connection-opened.json", "dialect", -1)]
    [InlineData("membership-changed.json", "dialect", 2)]
    [InlineData("messages-delayed.json", "dialect", 2)]
    [InlineData("messages-missed.json", "dialect", 2)]
    [InlineData("messages-missed.json", "room", "everyone#owed")]
    [InlineData("messages-missed.json", "since", "0001-01-01T00:00:00Z")]
    [InlineData("messages-delayed.json", "attempts", -1)]
    [InlineData("walk-divided.json", "shard", 16)]
    [InlineData("walk-divided.json", "shard", -1)]
    public void A_member_that_makes_no_sense_is_named(string golden, string member, object value)
    {
        var error = Assert.Throws<JsonException>(() => Read(golden, json => json[member] = JsonSerializer.SerializeToNode(value)));

        Assert.StartsWith($"'{member}' ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("connection-opened.json", "rooms", 21, "blue")]
    [InlineData("connection-opened.json", "rooms", 1, "everyone#owed")]
    [InlineData("connection-opened.json", "rooms", 1, null)]
    [InlineData("connection-opened.json", "mayJoin", 101, "blue")]
    [InlineData("connection-opened.json", "mayJoin", 1, null)]
    [InlineData("walk-divided.json", "positions", 0, "")]
    [InlineData("walk-divided.json", "positions", 1, "m=")]
    [InlineData("walk-divided.json", "positions", 2, "0639301377612420000#m=")]
    [InlineData("messages-delayed.json", "positions", 1, "0639301377612420000#")]
    public void A_list_that_makes_no_sense_is_named(string golden, string member, int length, string? element)
    {
        var error = Assert.Throws<JsonException>(() => Read(
            golden, json => json[member] = new JsonArray([.. Enumerable.Repeat(element, length).Select(text => (JsonNode?)text)])));

        Assert.StartsWith($"'{member}' ", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Data_that_is_larger_or_deeper_than_can_be_passed_on_is_refused()
    {
        Read("message-posted.json", json => json["data"] = new string('[', JsonText.MaxDepth) + new string(']', JsonText.MaxDepth));
        Read("message-posted.json", json => json["data"] = $"\"{new string('x', Limits.MaxGatewayMessageBytes - 2)}\"");
        foreach (var data in (string[])
        [
            new string('[', JsonText.MaxDepth + 1) + new string(']', JsonText.MaxDepth + 1),
            $"\"{new string('x', Limits.MaxGatewayMessageBytes - 1)}\"",
        ])
        {
            var error = Assert.Throws<JsonException>(() => Read("message-posted.json", json => json["data"] = data));
            Assert.StartsWith("'data' must ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Half_a_surrogate_pair_is_an_error_of_the_JSON() => Assert.Throws<JsonException>(() => RouteEventJson.Read<MessagePosted>(
        Encoding.UTF8.GetBytes(Golden("message-posted.json").Replace("Gr", "\\ud83d", StringComparison.Ordinal)), Now));

    [Theory]
    [InlineData("2018-01-01T00:00:00Z")]
    [InlineData("2026-11-22T12:00:00Z")]
    public void Times_from_2018_to_a_day_from_now_make_sense(string time) =>
        Read("connection-opened.json", json => json["connectedAt"] = time);

    [Fact]
    public void A_token_may_be_good_for_longer_than_that() =>
        Read("connection-opened.json", json => json["tokenExpiresAt"] = "2099-01-01T00:00:00Z");

    [Fact]
    public void Deduplication_ids_are_as_short_as_SQS_wants_whatever_the_ids()
    {
        var missed = new MessagesMissed
        {
            ConnectionId = new string('c', Limits.MaxIdLength),
            ConnectedAt = Now,
            CallbackEndpoint = "https://example.com/prod",
            Room = new string('r', Room.MaxNameLength),
            Since = Now,
        };

        var (_, id) = RouteEventTable.Of(typeof(MessagesMissed)).OrderOf(missed);
        var (_, other) = RouteEventTable.Of(typeof(MessagesMissed)).OrderOf(missed with { Since = Now.AddMilliseconds(1) });

        Assert.InRange(id!.Length, 1, 128);
        Assert.NotEqual(id, other);
    }

    private static void Read(string golden, Action<JsonNode> change)
    {
        var json = JsonNode.Parse(Golden(golden))!;
        change(json);
        var type = RouteEventTable.All.Single(type => golden == $"{JsonNamingPolicy.KebabCaseLower.ConvertName(type.Name)}.json");
        type.Read(Encoding.UTF8.GetBytes(json.ToJsonString()), Now);
    }

    private static string Golden(string name) => File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Contracts", "Golden", name));
}
