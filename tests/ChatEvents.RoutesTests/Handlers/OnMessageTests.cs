using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;
using ChatEvents.Routes.Rooms;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class OnMessageTests
{
    private const string Example = """{"action":"onMessage","message":"Hello everyone"}""";
    private const string ToBlue = """{"action":"onMessage","message":"Hello blue","room":"blue"}""";

    private static readonly RouteSettings Patient = new() { MembershipPatience = TimeSpan.FromSeconds(10), MessagesBurst = 100 };

    [Fact(Timeout = 30_000)]
    public async Task A_good_message_is_on_the_queue_of_messages_and_gets_no_answer()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message(Example));

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", response.ToJsonString());
        Assert.Equal(
            new MessagePosted
            {
                MessageId = Events.MessageId,
                ConnectionId = Events.ConnectionId,
                Room = Room.Everyone,
                Guest = GuestId.OfConnection(Events.ConnectionId, GuestId.DefaultKey),
                Message = "Hello everyone",
                PostedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795260961242),
            },
            function.SentEvent<MessagePosted>());
        var sent = function.Sqs.Sent.Single();
        Assert.Equal("everyone", (string?)sent["MessageGroupId"]);
        Assert.Equal(Events.MessageId, (string?)sent["MessageDeduplicationId"]);
        Assert.Equal([QueueNames.Messages], function.Sqs.QueuesLookedUp);
        Assert.Equal(
            ["Information: Message Qv7mVtfGIAMCJw8= of connection A-b9_xYzoAMCK1g= to everyone is on the queue."], function.Log.Lines);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(" ")]
    [InlineData("\n\t")]
    [InlineData("\0")]
    [InlineData("grüße 👋🏽 \"quoted\" <b>&amp;</b>")]
    public async Task Any_text_is_a_message_and_arrives_as_it_was_written(string text)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Message(new JsonObject { ["action"] = "onMessage", ["message"] = text }.ToJsonString()));

        Assert.Equal(text, function.SentEvent<MessagePosted>().Message);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_may_name_a_room_that_its_sender_is_in()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Registry.Add("blue", Events.ConnectionId);

        await function.InvokeAsync(Message(ToBlue));

        Assert.Equal("blue", function.SentEvent<MessagePosted>().Room);
        Assert.Equal("blue", (string?)function.Sqs.Sent.Single()["MessageGroupId"]);
        Assert.True((bool?)Assert.Single(function.Registry.Looks)["ConsistentRead"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_to_everyone_costs_no_look_at_the_table()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Message("""{"action":"onMessage","message":"Hello","room":"everyone"}"""));

        Assert.Equal(Room.Everyone, function.SentEvent<MessagePosted>().Room);
        Assert.Empty(function.Registry.Looks);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_to_a_room_that_its_sender_is_not_in_is_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = await RunningFunction.StartAsync("onMessage", cancellation, new RouteSettings { MembershipPatience = TimeSpan.Zero });
        function.Registry.Add("blue", "somebody-else=");
        function.Registry.Add("blue", Events.ConnectionId, expiresAt: DateTimeOffset.UnixEpoch);

        var response = await function.InvokeAsync(Message(ToBlue));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(
            """{"error":"You are not in the room \"blue\".","requestId":"Qv7mVHZSoAMFkJw=","expected":{"action":"join","room":"blue"}}""",
            (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_membership_that_the_row_has_and_the_registry_is_about_to_write_counts()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Patient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn: true, DateTimeOffset.UnixEpoch);

        var response = await function.InvokeAsync(Message(ToBlue));

        Assert.Equal(200, (int?)response["statusCode"]);
        Assert.Equal(2, function.Registry.Looks.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_room_named_at_connect_counts_as_soon_as_the_registry_has_written_the_row()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Patient);
        JoinBlueAtLook(function, 6);

        var response = await function.InvokeAsync(Message(ToBlue).SentAfter(TimeSpan.FromSeconds(5)));

        Assert.Equal(200, (int?)response["statusCode"]);
        Assert.Equal("blue", function.SentEvent<MessagePosted>().Room);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_sent_in_the_same_breath_counts()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Patient);
        function.Registry.SetRow(Events.ConnectionId);
        JoinBlueAtLook(function, 4);

        var response = await function.InvokeAsync(Message(ToBlue));

        Assert.Equal(200, (int?)response["statusCode"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_first_look_that_takes_longer_than_patience_is_not_the_last()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var patience = TimeSpan.FromMilliseconds(100);
        await using var function = await RunningFunction.StartAsync("onMessage", cancellation, new RouteSettings { MembershipPatience = patience });
        using var never = new ManualResetEventSlim();
        function.Registry.OnLook = looks =>
        {
            if (looks == 2) never.Wait(2 * patience);
            else if (looks > 2) function.Registry.SetChange(Events.ConnectionId, "blue", isIn: true, DateTimeOffset.UnixEpoch);
        };

        var response = await function.InvokeAsync(Message(ToBlue).SentAfter(TimeSpan.FromSeconds(5)));

        Assert.Equal(200, (int?)response["statusCode"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(1)]
    [InlineData(3600)]
    public async Task A_connection_that_is_not_in_the_room_is_refused_at_once_however_often_it_posts(int secondsOld)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Patient);
        function.Registry.SetRow(Events.ConnectionId);
        var message = Message(ToBlue).SentAfter(TimeSpan.FromSeconds(secondsOld));

        // The first one may have followed a join in the same breath.
        Assert.Equal(400, (int?)(await function.InvokeAsync(message))["statusCode"]);
        Assert.InRange(function.Registry.Looks.Count, 3, 6);
        function.Registry.Looks.Clear();
        for (var i = 0; i < 20; i++) Assert.Equal(400, (int?)(await function.InvokeAsync(message))["statusCode"]);

        Assert.Equal(2 * 20, function.Registry.Looks.Count);
    }

    [Fact(Timeout = 120_000)]
    public async Task Who_connects_again_and_again_to_post_where_it_is_not_is_not_waited_for_each_time()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var function = await RunningFunction.StartAsync("onMessage", cancellation, new RouteSettings { MembershipPatience = TimeSpan.FromMilliseconds(1) });
        await using var _ = function;
        var waited = 0;
        for (var post = 0; post < 200; post++)
        {
            var looks = function.Registry.Looks.Count;
            await function.InvokeAsync(
                Events.Message("onMessage", """{"action":"onMessage","room":"nowhere","message":"hi"}""").SentAfter(TimeSpan.FromSeconds(1)));
            if (function.Registry.Looks.Count - looks > 2) waited++;
        }

        // Twenty times at once, and some more in the seconds that this takes.
        Assert.InRange(waited, 20, 150);
    }

    [Fact(Timeout = 120_000)]
    public async Task An_address_that_posts_too_often_where_it_is_not_is_refused_without_a_look_and_members_are_not()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var function = await RunningFunction.StartAsync("onMessage", cancellation, new RouteSettings { MembershipPatience = TimeSpan.Zero });
        await using var _ = function;
        function.Registry.Add("blue", Events.ConnectionId);
        Assert.Equal(200, (int?)(await function.InvokeAsync(Message(ToBlue)))["statusCode"]);
        var refused = 0;
        for (var post = 0; post < 1_500; post++)
        {
            var stranger = Events.Message("onMessage", """{"action":"onMessage","room":"nowhere","message":"hi"}""");
            stranger["requestContext"]!["connectionId"] = $"s{post:D14}=";
            if ((int?)(await function.InvokeAsync(stranger))["statusCode"] == 429) refused++;
        }

        // Five hundred at once, and some more in the seconds that this takes.
        Assert.InRange(refused, 100, 1_000);
        Assert.Equal(1 + (2 * (1_500 - refused)), function.Registry.Looks.Count);
        Assert.Equal(200, (int?)(await function.InvokeAsync(Message(ToBlue)))["statusCode"]);
    }

    [Fact]
    public void Members_who_cannot_be_found_in_an_outage_are_not_taken_for_strangers()
    {
        var strangers = new Strangers();
        for (var post = 0; post < 1_000; post++)
        {
            strangers.RequireTurn("203.0.113.7", $"c{post}=", "blue", DateTimeOffset.UnixEpoch);
            strangers.EndTurn("203.0.113.7", $"c{post}=", "blue", isMember: null);
        }

        strangers.RequireTurn("203.0.113.7", "c0=", "blue", DateTimeOffset.UnixEpoch);
    }

    [Fact]
    public void A_connection_is_looked_for_in_vain_thirty_times_and_then_twice_a_second_and_a_room_that_it_is_in_costs_it_nothing()
    {
        var strangers = new Strangers();
        for (var post = 0; post < 100; post++) Take("red", isMember: true, second: 0);
        for (var post = 0; post < 30; post++) Take("blue", isMember: false, second: 0);

        Assert.Throws<BadFrameException>(() => Take("blue", isMember: false, second: 0));
        Take("red", isMember: true, second: 0);
        for (var post = 0; post < 2; post++) Take("blue", isMember: false, second: 1);
        Assert.Throws<BadFrameException>(() => Take("blue", isMember: false, second: 1));

        void Take(string room, bool isMember, int second)
        {
            strangers.RequireTurn("203.0.113.7", "c=", room, DateTimeOffset.UnixEpoch.AddSeconds(second));
            strangers.EndTurn("203.0.113.7", "c=", room, isMember);
        }
    }

    [Fact]
    public void Somebody_who_has_left_a_room_is_a_stranger_again()
    {
        var strangers = new Strangers();
        for (var post = 0; post < 500; post++) Take($"s{post}=", isMember: false);
        Assert.Throws<BadFrameException>(() => Take("member=", isMember: true));
        strangers = new Strangers();
        Take("member=", isMember: true);
        for (var post = 0; post < 500; post++) Take($"s{post}=", isMember: false);

        Take("member=", isMember: false);

        Assert.Throws<BadFrameException>(() => Take("member=", isMember: false));

        void Take(string connectionId, bool isMember)
        {
            strangers.RequireTurn("203.0.113.7", connectionId, "blue", DateTimeOffset.UnixEpoch);
            strangers.EndTurn("203.0.113.7", connectionId, "blue", isMember);
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_post_that_has_waited_for_an_environment_is_not_held_again()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Patient);
        var sentAt = TimeProvider.System.GetUtcNow() - TimeSpan.FromSeconds(11);
        var message = Events.Message("onMessage", """{"action":"onMessage","room":"nowhere","message":"hi"}""");
        message["requestContext"]!["connectedAt"] = sentAt.AddSeconds(-1).ToUnixTimeMilliseconds();
        message["requestContext"]!["requestTimeEpoch"] = sentAt.ToUnixTimeMilliseconds();

        var answer = await function.InvokeAsync(message);

        Assert.Contains("You are not in the room", (string?)answer["body"], StringComparison.Ordinal);
        Assert.Equal(2, function.Registry.Looks.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_connection_without_a_row_is_waited_for_only_if_it_has_just_come()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Patient);

        var response = await function.InvokeAsync(Message(ToBlue));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(2, function.Registry.Looks.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task Members_that_are_not_known_are_no_trouble()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message("""{"action":"onMessage","message":"Hi","colour":{"r":1}}"""));

        Assert.Equal(200, (int?)response["statusCode"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(null, "The frame is empty.")]
    [InlineData("Hello everyone", "The frame is not JSON.")]
    [InlineData("""{"action":"onMessage","message":"Hello""", "The frame is not JSON.")]
    [InlineData("""["onMessage","Hello"]""", "The frame must be a JSON object, but is an array.")]
    [InlineData("\"onMessage\"", "The frame must be a JSON object, but is a string.")]
    [InlineData("null", "The frame must be a JSON object, but is null.")]
    [InlineData("""{"action":"onMessage"}""", "The frame has no message.")]
    [InlineData("""{"action":"onMessage","Message":"Hello"}""", "The frame has no message.")]
    [InlineData("""{"action":"onMessage","message":5}""", "The message must be a string, but is a number.")]
    [InlineData("""{"action":"onMessage","message":null}""", "The frame has no message.")]
    [InlineData("""{"action":"onMessage","message":true}""", "The message must be a string, but is a boolean.")]
    [InlineData("""{"action":"onMessage","message":{"text":"Hello"}}""", "The message must be a string, but is an object.")]
    [InlineData("""{"action":"onMessage","message":["Hello"]}""", "The message must be a string, but is an array.")]
    [InlineData("""{"action":"onMessage","message":""}""", "The message is empty.")]
    [InlineData("""{"action":"onMessage","message":"Hello","room":7}""", "The room must be a string, but is a number.")]
    public async Task A_bad_frame_is_answered_with_what_is_wrong_and_an_example(string? body, string sentence)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message(body));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal($$"""{"error":"{{sentence}}","requestId":"Qv7mVHZSoAMFkJw=","expected":{{Example}}}""", (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
        Assert.Equal([$"Information: Refused a frame of connection A-b9_xYzoAMCK1g=: {sentence}"], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task Half_a_surrogate_pair_is_no_message()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message("""{"action":"onMessage","message":"wave \ud83d"}"""));

        Assert.Equal("""{"error":"The message is not valid Unicode.","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Deep_nesting_is_refused_without_a_fault()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message(new string('[', 100_000)));

        Assert.Equal(400, (int?)response["statusCode"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("", "\\\"\\\" is not the name of a room.")]
    [InlineData("a room", "\\\"a room\\\" is not the name of a room.")]
    [InlineData(
        "1234567890123456789012345678901234567890123456789012345678901234x",
        "\\\"1234567890123456789012345678901234567890123456789012345678901234...\\\" is not the name of a room.")]
    public async Task A_bad_room_is_answered_with_what_a_name_is(string room, string sentence)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message($$"""{"action":"onMessage","message":"Hi","room":"{{room}}"}"""));

        Assert.Equal(
            $$"""{"error":"{{sentence}}","requestId":"Qv7mVHZSoAMFkJw=","expected":"1 to 64 of the letters a-z and A-Z, digits, '-', '_' and '.'"}""",
            (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("1234567890", true)]
    [InlineData("12345678901", false)]
    [InlineData("äöüßé", true)]
    [InlineData("äöüßéx", false)]
    public async Task The_limit_counts_bytes_of_UTF8(string text, bool isAccepted)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = await RunningFunction.StartAsync("onMessage", cancellation, new RouteSettings { MaxMessageBytes = 10 });

        var response = await function.InvokeAsync(Message($$"""{"action":"onMessage","message":"{{text}}"}"""));

        Assert.Equal(isAccepted ? 1 : 0, function.Sqs.Sent.Count);
        Assert.Equal(
            isAccepted
                ? null
                : """{"error":"The message has 11 bytes of UTF-8, but at most 10 are accepted.","requestId":"Qv7mVHZSoAMFkJw="}""",
            (string?)response["body"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_longest_message_is_accepted_by_default()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        var longest = new string('x', Limits.DefaultMaxChatMessageBytes);

        await function.InvokeAsync(Message($$"""{"action":"onMessage","message":"{{longest}}"}"""));
        var response = await function.InvokeAsync(Message($$"""{"action":"onMessage","message":"{{longest}}x"}"""));

        Assert.Equal(longest, function.SentEvent<MessagePosted>().Message);
        Assert.Equal(400, (int?)response["statusCode"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_queue_that_refuses_the_message_is_answered_with_a_request_to_send_again()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Sqs.Refuses = true;

        var response = await function.InvokeAsync(Message(Example));

        Assert.Equal(503, (int?)response["statusCode"]);
        Assert.Equal(
            """{"error":"The message was not accepted; send it again.","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        var line = Assert.Single(function.Log.Lines);
        Assert.StartsWith(
            "Error: Message Qv7mVtfGIAMCJw8= of connection A-b9_xYzoAMCK1g= (request Qv7mVHZSoAMFkJw=) did not reach the queue: ", line);
        Assert.Contains("User is not authorized to perform: sqs:sendmessage", line);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_queue_that_does_not_answer_in_time_is_answered_with_a_request_to_send_again()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Sqs.Hangs = true;

        var response = await function.InvokeAsync(Message(Example), Deadlines.AlreadyOver);

        Assert.Equal(
            """{"error":"The message was not accepted; send it again.","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
    }

    private static void JoinBlueAtLook(RunningFunction function, int look) => function.Registry.OnLook = looks =>
    {
        if (looks == look)
        {
            function.Registry.SetChange(Events.ConnectionId, "blue", isIn: true, DateTimeOffset.UnixEpoch);
        }
    };

    private static JsonObject Message(string? body) => Events.Message("onMessage", body);
}
