using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Contracts;

/// <summary>
/// The wire format is a promise to events that wait in queues while a new version is deployed. A golden file changes only together with
/// a decision to break that promise.
/// </summary>
public sealed class RouteEventJsonTests
{
    private static readonly ConnectionOpened Opened = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        ConnectedAt = new DateTimeOffset(2026, 11, 21, 11, 35, 24, 518, TimeSpan.Zero),
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Rooms = ["blue", "red"],
        User = "user-17",
        SourceAddress = "203.0.113.7",
    };

    private static readonly ConnectionClosed Closed = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        ClosedAt = new DateTimeOffset(2026, 11, 21, 11, 40, 10, 3, TimeSpan.Zero),
        Because = ClosedBecause.Disconnected,
        StatusCode = 1005,
        Reason = "Client-side close frame status not set",
    };

    private static readonly MembershipChanged Joined = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        ConnectedAt = new DateTimeOffset(2026, 11, 21, 11, 35, 24, 518, TimeSpan.Zero),
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Room = "blue",
        IsIn = true,
        ChangedAt = new DateTimeOffset(2026, 11, 21, 11, 36, 1, 242, TimeSpan.Zero),
        User = "user-17",
        SourceAddress = "203.0.113.7",
    };

    private static readonly ModerationAsked Asked = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        User = "user-17",
        Act = ModerationAct.Ban,
        TargetUser = "mallory",
        AskedAt = new DateTimeOffset(2026, 11, 21, 11, 36, 1, 242, TimeSpan.Zero),
        Until = new DateTimeOffset(2026, 11, 21, 12, 36, 1, 242, TimeSpan.Zero),
        RequestId = "Qv7mVHZSoAMFkJw=",
    };

    private static readonly MessagePosted Posted = new()
    {
        MessageId = "Qv7mVtfGIAMCJw8=",
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        Room = Room.Everyone,
        Message = "Grüße, \"everyone\" \ud83d\udc4b",
        PostedAt = new DateTimeOffset(2026, 11, 21, 11, 36, 1, 242, TimeSpan.Zero),
    };

    private static readonly MessagesMissed Missed = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        ConnectedAt = new DateTimeOffset(2026, 11, 21, 11, 35, 24, 518, TimeSpan.Zero),
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Room = "blue",
        Since = new DateTimeOffset(2026, 11, 21, 11, 36, 1, 242, TimeSpan.Zero),
    };

    private static readonly MessagesDelayed Delayed = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        ConnectedAt = new DateTimeOffset(2026, 11, 21, 11, 35, 24, 518, TimeSpan.Zero),
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Room = "blue",
        Positions = ["0639301377612420000#Qv7mVtfGIAMCJw8="],
        LateSince = new DateTimeOffset(2026, 11, 21, 11, 36, 1, 242, TimeSpan.Zero),
        Attempts = 2,
    };

    private static readonly MessageRemoved Removed = new()
    {
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
        Dialect = Dialect.Json,
        Room = "blue",
        Seq = 42,
        Epoch = "1795261524518-3fk2a9",
        User = "user-17",
        IsModerator = true,
        RequestId = "Qv7mVHZSoAMFkJw=",
        FrameId = "7",
        RemovedAt = new DateTimeOffset(2026, 11, 21, 11, 36, 1, 242, TimeSpan.Zero),
    };

    private static readonly WalkDivided Divided = new()
    {
        Room = "blue",
        Shard = 7,
        Positions = ["0639301377612420000#Qv7mVtfGIAMCJw8=", "0639301377612420001#Qv7mVtfHIAMCJw8="],
    };

    [Fact]
    public void Who_somebody_is_travels_with_each_event_of_a_connection()
    {
        var end = new DateTimeOffset(2026, 11, 21, 12, 35, 24, TimeSpan.Zero);
        var opened = Opened with { Name = "Ada", MayJoin = ["blue", "team-*"], TokenExpiresAt = end };
        var joined = Joined with { Name = "Ada", MayJoin = [], TokenExpiresAt = end };
        var posted = Posted with { Room = "@bob", To = "bob", User = "ada", Name = "Ada" };
        var guest = Posted with { Guest = "guest-abc234" };

        Assert.Contains(
            "\"user\":\"user-17\",\"name\":\"Ada\",\"mayJoin\":[\"blue\",\"team-*\"],\"tokenExpiresAt\":\"2026-11-21T12:35:24+00:00\"",
            RouteEventJson.Write(opened), StringComparison.Ordinal);
        Assert.Equal(opened.MayJoin, ReadBack(opened).MayJoin);
        Assert.Equal((end, "Ada"), (ReadBack(opened).TokenExpiresAt, ReadBack(opened).Name));
        Assert.Empty(ReadBack(joined).MayJoin!);
        Assert.Equal(posted, ReadBack(posted));
        Assert.Equal(guest, ReadBack(guest));

        static TEvent ReadBack<TEvent>(TEvent routeEvent)
            where TEvent : class, IRouteEvent => RouteEventJson.Read<TEvent>(Encoding.UTF8.GetBytes(RouteEventJson.Write(routeEvent)), FakeTime.LongAfter);
    }

    [Fact]
    public void Connection_opened_is_written_as_its_golden_file() => AssertGolden("connection-opened.json", Opened);

    [Fact]
    public void Connection_closed_is_written_as_its_golden_file() => AssertGolden("connection-closed.json", Closed);

    [Fact]
    public void Membership_changed_is_written_as_its_golden_file() => AssertGolden("membership-changed.json", Joined);

    [Fact]
    public void Message_posted_is_written_as_its_golden_file() => AssertGolden("message-posted.json", Posted);

    [Fact]
    public void Messages_missed_is_written_as_its_golden_file() => AssertGolden("messages-missed.json", Missed);

    [Fact]
    public void Messages_delayed_is_written_as_its_golden_file() => AssertGolden("messages-delayed.json", Delayed);

    [Fact]
    public void Message_removed_is_written_as_its_golden_file() => AssertGolden("message-removed.json", Removed);

    [Fact]
    public void The_dialect_is_written_by_name_and_the_plain_one_not_at_all()
    {
        foreach (var json in (IRouteEvent[])
            [Opened with { Dialect = Dialect.Json }, Joined with { Dialect = Dialect.Json }, Missed with { Dialect = Dialect.Json }, Delayed with { Dialect = Dialect.Json }])
        {
            Assert.Contains("\"dialect\":\"Json\"", RouteEventJson.Write(json), StringComparison.Ordinal);
        }

        Assert.Equal(Dialect.Json, RouteEventJson.Read<MessagesMissed>(
            Encoding.UTF8.GetBytes(RouteEventJson.Write(Missed with { Dialect = Dialect.Json })), FakeTime.LongAfter).Dialect);
        Assert.DoesNotContain("dialect", RouteEventJson.Write(Opened), StringComparison.Ordinal);
    }

    [Fact]
    public void What_a_server_or_an_application_adds_travels_with_the_message()
    {
        var posted = Posted with { Server = "billing", Data = """{"a": [1, null]}""" };

        Assert.Equal(posted, RouteEventJson.Read<MessagePosted>(Encoding.UTF8.GetBytes(RouteEventJson.Write(posted)), FakeTime.LongAfter));
    }

    [Fact]
    public void Moderation_asked_is_written_as_its_golden_file() => AssertGolden("moderation-asked.json", Asked);

    [Theory]
    [InlineData("\"targetUser\":null", "'targetUser' or 'targetGuest' must be given, and not both, but is null.")]
    [InlineData("\"targetUser\":\"mallory\",\"targetGuest\":\"guest-abc234\"", "'targetUser' or 'targetGuest' must be given, and not both, but is \"mallory\".")]
    [InlineData("\"targetUser\":\"a\\u0000\"", "'targetUser' must have 1 to 128 visible characters, but is \"a\\u0000\".")]
    [InlineData("\"targetUser\":\"mallory\",\"until\":null", "'until' must be later than 'askedAt', but is null.")]
    [InlineData("\"targetUser\":\"mallory\",\"connectionId\":\"\"", "'connectionId' must have 1 to 128 characters, but has 0.")]
    public void What_a_moderator_asks_must_be_about_one_person_and_a_ban_must_end(string members, string sentence)
    {
        var json = JsonNode.Parse(Golden("moderation-asked.json"))!.AsObject();
        json.Remove("targetUser");
        foreach (var (name, value) in JsonNode.Parse($"{{{members}}}")!.AsObject()) json[name] = value?.DeepClone();

        Assert.Equal(sentence, Assert.Throws<JsonException>(() => Read<ModerationAsked>(json.ToJsonString())).Message);
    }

    [Fact]
    public void Walk_divided_is_written_as_its_golden_file() => AssertGolden("walk-divided.json", Divided);

    [Fact]
    public void Golden_files_are_read_back_without_loss()
    {
        Assert.Equivalent(Opened, RouteEventJson.Read<ConnectionOpened>(Golden("connection-opened.json"), FakeTime.LongAfter), strict: true);
        Assert.Equal(Closed, RouteEventJson.Read<ConnectionClosed>(Golden("connection-closed.json"), FakeTime.LongAfter));
        Assert.Equal(Joined, RouteEventJson.Read<MembershipChanged>(Golden("membership-changed.json"), FakeTime.LongAfter));
        Assert.Equal(Asked, RouteEventJson.Read<ModerationAsked>(Golden("moderation-asked.json"), FakeTime.LongAfter));
        Assert.Equal(Posted, RouteEventJson.Read<MessagePosted>(Golden("message-posted.json"), FakeTime.LongAfter));
        Assert.Equal(Removed, RouteEventJson.Read<MessageRemoved>(Golden("message-removed.json"), FakeTime.LongAfter));
        Assert.Equal(Missed, RouteEventJson.Read<MessagesMissed>(Golden("messages-missed.json"), FakeTime.LongAfter));
        Assert.Equivalent(Delayed, RouteEventJson.Read<MessagesDelayed>(Golden("messages-delayed.json"), FakeTime.LongAfter), strict: true);
        Assert.Equivalent(Divided, RouteEventJson.Read<WalkDivided>(Golden("walk-divided.json"), FakeTime.LongAfter), strict: true);
    }

    [Fact]
    public void Optional_members_may_be_missing()
    {
        var opened = Read<ConnectionOpened>(
            """{"connectionId":"a=","connectedAt":"2026-11-21T11:35:24.518Z","callbackEndpoint":"https://example.com/prod"}""");

        Assert.Empty(opened.Rooms);
        Assert.Null(opened.User);
        Assert.Null(opened.SourceAddress);
    }

    [Fact]
    public void Members_that_are_not_known_are_ignored()
    {
        var closed = Read<ConnectionClosed>(
            """{"connectionId":"a=","closedAt":"2026-11-21T11:35:24Z","because":"Gone","addedLater":{"deep":[1,2]}}""");

        Assert.Equal(ClosedBecause.Gone, closed.Because);
    }

    [Theory]
    [InlineData("messageId")]
    [InlineData("connectionId")]
    [InlineData("room")]
    [InlineData("message")]
    [InlineData("postedAt")]
    public void A_required_member_that_is_missing_is_named(string member)
    {
        var body = Encoding.UTF8.GetString(Golden("message-posted.json")).Replace($"\"{member}\"", "\"other\"");

        var error = Assert.Throws<JsonException>(() => Read<MessagePosted>(body));

        Assert.Contains($"'{member}'", error.Message);
    }

    [Fact]
    public void A_required_member_that_is_null_is_an_error() =>
        Assert.Throws<JsonException>(() => Read<MessagePosted>(
            """{"messageId":"m=","connectionId":null,"room":"everyone","message":"hi","postedAt":"2026-11-21T11:36:01Z"}"""));

    [Theory]
    [InlineData("message-posted.json", "messageId")]
    [InlineData("message-posted.json", "connectionId")]
    [InlineData("message-removed.json", "connectionId")]
    [InlineData("message-removed.json", "requestId")]
    [InlineData("moderation-asked.json", "connectionId")]
    [InlineData("connection-opened.json", "connectionId")]
    [InlineData("connection-closed.json", "connectionId")]
    [InlineData("membership-changed.json", "connectionId")]
    [InlineData("messages-missed.json", "connectionId")]
    [InlineData("messages-delayed.json", "connectionId")]
    public void An_id_of_which_no_key_can_be_made_is_an_error_that_names_it(string golden, string member)
    {
        Read(new string('m', Limits.MaxIdLength));

        foreach (var id in (string[])["", new('m', Limits.MaxIdLength + 1), new('m', 2_000)])
        {
            var error = Assert.Throws<JsonException>(() => Read(id));
            Assert.Equal($"'{member}' must have 1 to 128 characters, but has {id.Length}.", error.Message);
        }

        void Read(string id)
        {
            var json = JsonNode.Parse(Golden(golden))!;
            json[member] = id;
            var body = Encoding.UTF8.GetBytes(json.ToJsonString());
            _ = golden switch
            {
                "message-posted.json" => (IRouteEvent)RouteEventJson.Read<MessagePosted>(body, FakeTime.LongAfter),
                "connection-opened.json" => RouteEventJson.Read<ConnectionOpened>(body, FakeTime.LongAfter),
                "connection-closed.json" => RouteEventJson.Read<ConnectionClosed>(body, FakeTime.LongAfter),
                "membership-changed.json" => RouteEventJson.Read<MembershipChanged>(body, FakeTime.LongAfter),
                "message-removed.json" => RouteEventJson.Read<MessageRemoved>(body, FakeTime.LongAfter),
                "moderation-asked.json" => RouteEventJson.Read<ModerationAsked>(body, FakeTime.LongAfter),
                "messages-missed.json" => RouteEventJson.Read<MessagesMissed>(body, FakeTime.LongAfter),
                _ => RouteEventJson.Read<MessagesDelayed>(body, FakeTime.LongAfter),
            };
        }
    }

    [Theory]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("garbage")]
    [InlineData("")]
    public void What_is_no_object_is_an_error(string body) => Assert.Throws<JsonException>(() => Read<MessagePosted>(body));

    [Fact]
    public void The_type_attribute_has_the_form_that_MassTransit_reads() =>
        Assert.Equal("urn:message:ChatEvents.Contracts:MessagePosted", AttributeNames.MessageTypeOf<MessagePosted>());

    private static TEvent Read<TEvent>(string json)
        where TEvent : class, IRouteEvent => RouteEventJson.Read<TEvent>(Encoding.UTF8.GetBytes(json), FakeTime.LongAfter);

    private static byte[] Golden(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Contracts", "Golden", name));

    private static void AssertGolden(string name, IRouteEvent routeEvent) =>
        Assert.Equal(Encoding.UTF8.GetString(Golden(name)).TrimEnd('\n'), RouteEventJson.Write(routeEvent));
}
