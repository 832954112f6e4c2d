using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

/// <summary>Every member of every event is checked, under its own name; and every event has its place in the order of its queue.</summary>
public sealed class EventMemberTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(typeof(ConnectionOpened), "connectionId connectedAt callbackEndpoint rooms user name guest mayJoin role sourceAddress")]
    [InlineData(typeof(MembershipChanged), "connectionId connectedAt callbackEndpoint room changedAt user name guest mayJoin role sourceAddress")]
    [InlineData(typeof(ConnectionClosed), "connectionId closedAt connectedAt foundInRoom user because")]
    [InlineData(typeof(ModerationAsked), "connectionId user act targetUser askedAt until requestId")]
    [InlineData(typeof(MessagePosted), "messageId connectionId room to user name guest postedAt")]
    [InlineData(typeof(WalkDivided), "room shard positions")]
    [InlineData(typeof(MessagesDelayed), "connectionId connectedAt callbackEndpoint room positions lateSince attempts")]
    [InlineData(typeof(MessagesMissed), "connectionId connectedAt callbackEndpoint room since")]
    public void A_wrong_member_is_named(Type type, string members)
    {
        foreach (var member in members.Split(' '))
        {
            var error = Assert.Throws<JsonException>(() => Read(type, json => json[member] = Wrong(member)));

            Assert.StartsWith($"'{member}' ", error.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_guest_is_a_target_under_its_own_name()
    {
        var error = Assert.Throws<JsonException>(() => Read(typeof(ModerationAsked), json => (json["targetUser"], json["targetGuest"]) = (null, "a\n")));

        Assert.StartsWith("'targetGuest' ", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ModerationAct.Disconnect)]
    [InlineData(ModerationAct.Unban)]
    public void Only_a_ban_needs_an_end(ModerationAct act) => Read(typeof(ModerationAsked), json => (json["act"], json["until"]) = ($"{act}", null));

    [Fact]
    public void A_ban_that_ends_when_it_begins_is_none() => Assert.StartsWith(
        "'until' must be later than 'askedAt', but is \"2026-11-21 11:36:01Z\"",
        Assert.Throws<JsonException>(() => Read(typeof(ModerationAsked), json => json["until"] = (string?)json["askedAt"])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void The_limits_of_numbers_are_right()
    {
        Read(typeof(WalkDivided), json => json["shard"] = 0);
        Read(typeof(WalkDivided), json => json["shard"] = 15);
        Read(typeof(MessagesDelayed), json => json["attempts"] = 0);
        Read(typeof(MessagesDelayed), json => json["attempts"] = 1_000_000);
        Assert.Throws<JsonException>(() => Read(typeof(MessagesDelayed), json => json["attempts"] = 1_000_001));
    }

    [Fact]
    public void A_null_in_place_of_an_event_is_an_error_that_names_it() => Assert.Equal(
        "The body is the JSON literal null, not a MessagePosted.",
        Assert.Throws<JsonException>(() => RouteEventJson.Read<MessagePosted>("null"u8, Now)).Message);

    [Theory]
    [InlineData(typeof(ConnectionOpened), null, null)]
    [InlineData(typeof(MembershipChanged), null, null)]
    [InlineData(typeof(ConnectionClosed), null, null)]
    [InlineData(typeof(ModerationAsked), null, null)]
    [InlineData(typeof(MessagePosted), "everyone", "Qv7mVtfGIAMCJw8=")]
    [InlineData(typeof(WalkDivided), "blue#07", "7:0639301377612420000#Qv7mVtfGIAMCJw8=:")]
    [InlineData(typeof(MessagesDelayed), "Qv7kLd3mIAMCJw8=", "Qv7kLd3mIAMCJw8=:0639301377612420000#Qv7mVtfGIAMCJw8=:1795260961242")]
    [InlineData(typeof(MessagesMissed), "Qv7kLd3mIAMCJw8=", "Qv7kLd3mIAMCJw8=:blue:1795260961242")]
    public void An_event_has_its_group_and_its_deduplication_id(Type type, string? group, string? deduplication) =>
        Assert.Equal((group, deduplication), RouteEventTable.Of(type).OrderOf(Read(type, _ => { })));

    [Fact]
    public void A_deduplication_id_of_128_characters_is_taken_as_it_is()
    {
        var posted = (MessagePosted)Read(typeof(MessagePosted), _ => { });

        Assert.Equal(new string('m', 128), OrderOf(128));
        Assert.Equal(64, OrderOf(129)!.Length);

        string? OrderOf(int length) => RouteEventTable.Of(typeof(MessagePosted)).OrderOf(posted with { MessageId = new string('m', length) }).DeduplicationId;
    }

    [Fact]
    public void Only_a_message_is_taken_without_a_type() =>
        Assert.Equal([typeof(MessagePosted)], RouteEventTable.All.Where(type => type.TakesUntyped).Select(type => type.Type));

    private static JsonNode? Wrong(string member) => member switch
    {
        "rooms" or "mayJoin" or "positions" => new JsonArray(""),
        "shard" or "attempts" => -1,
        "because" or "act" => 99,
        "until" => "2018-01-01T00:00:00Z",
        "name" or "sourceAddress" => new string('x', 129),
        _ when member.EndsWith("At", StringComparison.Ordinal) || member is "since" or "lateSince" => "2017-12-31T23:59:59Z",
        "user" or "to" or "guest" or "role" or "targetUser" => "",
        _ => "#",
    };

    private static IRouteEvent Read(Type type, Action<JsonNode> change)
    {
        var golden = $"{JsonNamingPolicy.KebabCaseLower.ConvertName(type.Name)}.json";
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Contracts", "Golden", golden)))!;
        change(json);
        return RouteEventTable.Of(type).Read(Encoding.UTF8.GetBytes(json.ToJsonString()), Now);
    }
}
