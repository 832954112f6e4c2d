using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>Who speaks is said by the authorizer, and nothing that a client writes changes it.</summary>
public sealed class CallerTests
{
    private const long Expires = 1795264800;

    [Fact(Timeout = 30_000)]
    public async Task A_connection_is_opened_with_all_that_later_frames_need()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect("blue").From(
            "ada", ("name", "Ada"), ("join", """["blue","team-*"]"""), ("post", """["@*"]"""), ("expires", $"{Expires}")));

        var opened = function.SentEvent<ConnectionOpened>();
        Assert.Equal(("ada", "Ada", null), (opened.User, opened.Name, opened.Guest));
        Assert.Equal(["blue", "team-*"], opened.MayJoin);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(Expires), opened.TokenExpiresAt);
        Assert.Equal(
            ["Information: Connection A-b9_xYzoAMCK1g= of \"ada\" from 203.0.113.7 is open in everyone, blue."], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_change_of_rooms_repeats_who_it_is()
    {
        await using var function = await RunningFunction.StartAsync("leave", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Message("leave", """{"action":"leave","room":"blue"}""").From(
            "ada", ("name", "Ada"), ("join", """["blue"]"""), ("expires", Expires)));

        var changed = function.SentEvent<MembershipChanged>();
        Assert.Equal(("ada", "Ada", null), (changed.User, changed.Name, changed.Guest));
        Assert.Equal(["blue"], changed.MayJoin);
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(Expires), changed.TokenExpiresAt);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_guest_is_named_by_the_authorizer()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect().From("guest-abc234", ("guest", "guest-abc234")));

        var opened = function.SentEvent<ConnectionOpened>();
        Assert.Equal((null, null, "guest-abc234"), (opened.User, opened.Name, opened.Guest));
        Assert.Null(opened.MayJoin);
        Assert.Null(opened.TokenExpiresAt);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_an_authorizer_an_opening_says_what_it_always_has()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect("blue").WithHeader("Sec-WebSocket-Protocol", "graphql-ws"));

        Assert.Equal(
            """{"connectionId":"A-b9_xYzoAMCK1g=","connectedAt":"2026-11-21T11:35:24.518+00:00","callbackEndpoint":"https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod","rooms":["blue"],"sourceAddress":"203.0.113.7"}""",
            (string?)Assert.Single(function.Sqs.Sent)["MessageBody"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("user")]
    [InlineData("from")]
    [InlineData("sender")]
    [InlineData("principalId")]
    [InlineData("name")]
    [InlineData("guest")]
    [InlineData("requestContext")]
    [InlineData("authorizer")]
    public async Task What_a_client_writes_about_itself_is_ignored(string member)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        foreach (var value in (JsonNode[])["bob", new JsonObject { ["user"] = "bob", ["principalId"] = "bob" }])
        {
            function.Sqs.Sent.Clear();
            var frame = new JsonObject { ["action"] = "onMessage", ["message"] = "hi", [member] = value };
            await function.InvokeAsync(Events.Message("onMessage", frame.ToJsonString())
                .WithHeader(member, "bob").WithParameter(member, "bob").From("ada", ("name", "Ada")));

            var posted = function.SentEvent<MessagePosted>();
            Assert.Equal(("ada", "Ada", null), (posted.User, posted.Name, posted.Guest));
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData("user")]
    [InlineData("Authorization")]
    [InlineData("X-Amzn-Principal")]
    public async Task What_a_handshake_says_beside_its_token_is_ignored(string name)
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect().WithHeader(name, "bob").WithParameter(name, "bob"));

        Assert.Null(function.SentEvent<ConnectionOpened>().User);
    }

    [Fact(Timeout = 30_000)]
    public async Task Each_call_is_by_whom_its_own_event_names()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        const string Frame = """{"action":"onMessage","message":"hi"}""";

        await function.InvokeAsync(Events.Message("onMessage", Frame).From("ada", ("name", "Ada")));
        await function.InvokeAsync(Events.Message("onMessage", Frame).From("bob"));
        await function.InvokeAsync(Events.Message("onMessage", Frame));

        Assert.Equal(["ada", "bob", null], function.Sqs.Sent.Select(sent => (string?)JsonNode.Parse((string)sent["MessageBody"]!)!["user"]));
        Assert.Equal(["Ada", null, null], function.Sqs.Sent.Select(sent => (string?)JsonNode.Parse((string)sent["MessageBody"]!)!["name"]));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_of_somebody_without_a_token_is_a_guests()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = await RunningFunction.StartAsync("onMessage", cancellation, new RouteSettings { GuestKey = "a key" });

        await function.InvokeAsync(Events.Message("onMessage", """{"action":"onMessage","message":"hi"}"""));

        var posted = function.SentEvent<MessagePosted>();
        Assert.Equal((null, null, GuestId.OfConnection(Events.ConnectionId, "a key")), (posted.User, posted.Name, posted.Guest));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_authorizer_of_ones_own_needs_to_say_no_more_than_the_principal()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect("blue").WithAuthorizer("ada"));

        Assert.Equal("ada", function.SentEvent<ConnectionOpened>().User);
        Assert.Null(function.SentEvent<ConnectionOpened>().MayJoin);
    }

    public static TheoryData<string, string> NoContext => new()
    {
        { "principalId", "null" },
        { "principalId", "{\"id\":\"ada\"}" },
        { "principalId", "[\"ada\"]" },
        { "principalId", "\"\"" },
        { "principalId", "\"a\\nb\"" },
        { "guest", "null" },
        { "name", "{}" },
        { "join", "null" },
        { "join", "\"\"" },
        { "join", "\"*\"" },
        { "join", "[\"*\"]" },
        { "join", "\"{}\"" },
        { "join", "\"[17]\"" },
        { "post", "true" },
        { "role", "null" },
        { "role", "[\"moderator\"]" },
        { "role", "{\"role\":\"moderator\"}" },
        { "expires", "\"tomorrow\"" },
        { "expires", "\"-1\"" },
        { "expires", "\"99999999999999999\"" },
        { "expires", "1.5" },
    };

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(NoContext))]
    public async Task A_context_that_makes_no_sense_is_an_error_and_never_more_rights(string member, string json)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        var frame = Events.Message("onMessage", """{"action":"onMessage","message":"hi"}""").From("ada", (member, JsonNode.Parse(json)));

        var answer = await function.InvokeForAnswerAsync(frame);

        Assert.Equal(
            $"The authorizer's context has a {member} that makes no sense; docs/auth.md describes its members.",
            (string?)JsonNode.Parse(answer.Error!.Json)!["errorMessage"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_plain_sub_protocol_is_echoed_so_that_a_browser_can_send_its_token_beside_it()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Connect().WithHeader("sec-websocket-protocol", "chatevents.plain, bearer.x.y.z"));

        Assert.Equal(
            """{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"chatevents.plain"},"isBase64Encoded":false}""", response.ToJsonString());
    }

    [Theory(Timeout = 30_000)]
    [InlineData("bearer.x.y.z")]
    [InlineData("mqtt, bearer.x.y.z")]
    [InlineData("Chatevents.Plain")]
    public async Task A_token_and_what_is_not_known_is_never_echoed(string offered)
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Connect().WithHeader("Sec-WebSocket-Protocol", offered));

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", response.ToJsonString());
        Assert.DoesNotContain(function.Log.Lines, line => line.Contains("x.y.z", StringComparison.Ordinal));
    }
}
