using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class MembershipTests
{
    /// <summary>When the gateway received the frame of <see cref="Events.Message"/>.</summary>
    private static readonly DateTimeOffset ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795260961242);

    /// <summary>Longer than any test waits, so that no answer is given because patience is over.</summary>
    private static readonly RouteSettings Patient = new() { MembershipPatience = TimeSpan.FromSeconds(10) };

    private static readonly RouteSettings Impatient = new() { MembershipPatience = TimeSpan.Zero };

    [Theory(Timeout = 30_000)]
    [InlineData("join", true, "joined")]
    [InlineData("leave", false, "left")]
    public async Task A_change_is_on_the_queue_of_connections_and_is_answered(string action, bool isIn, string done)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken, Patient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn, ReceivedAt);

        var response = await function.InvokeAsync(
            Message(action, $$"""{"action":"{{action}}","room":"blue"}""").WithAuthorizer("user-17"));

        Assert.Equal(200, (int?)response["statusCode"]);
        Assert.Equal($$"""{"{{done}}":"blue","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.Equal(
            new MembershipChanged
            {
                ConnectionId = Events.ConnectionId,
                ConnectedAt = DateTimeOffset.FromUnixTimeMilliseconds(1795260924518),
                CallbackEndpoint = "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod",
                Room = "blue",
                IsIn = isIn,
                ChangedAt = ReceivedAt,
                User = "user-17",
                SourceAddress = "203.0.113.7",
            },
            function.SentEvent<MembershipChanged>() with { Order = null });
        Assert.NotNull(function.SentEvent<MembershipChanged>().Order);
        Assert.Equal([QueueNames.Connections], function.Sqs.QueuesLookedUp);
        Assert.Equal([$"Information: That connection A-b9_xYzoAMCK1g= of \"user-17\" {done} blue is on the queue."], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_custom_domain_is_where_a_new_member_is_posted_to()
    {
        await using var function = await RunningFunction.StartAsync(
            "join", TestContext.Current.CancellationToken, Impatient with { CallbackEndpoint = "https://ws.example.com/chat" });

        await function.InvokeAsync(Message("join", """{"action":"join","room":"blue"}"""));

        Assert.Equal("https://ws.example.com/chat", function.SentEvent<MembershipChanged>().CallbackEndpoint);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_is_answered_when_the_registry_has_written_it()
    {
        await using var function = await RunningFunction.StartAsync("join", TestContext.Current.CancellationToken, Patient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn: true, ReceivedAt - TimeSpan.FromMinutes(1));
        function.Registry.OnLook = looks =>
        {
            if (looks == 3)
            {
                function.Registry.SetChange(Events.ConnectionId, "blue", isIn: true, ReceivedAt);
            }
        };

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"blue"}"""));

        Assert.Equal("""{"joined":"blue","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.Equal(3, function.Registry.Looks.Count);
        Assert.All(function.Registry.Looks, look => Assert.Equal(("Chat", true), ((string?)look["TableName"], (bool?)look["ConsistentRead"])));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_that_the_registry_refuses_is_answered_with_the_limit()
    {
        await using var function = await RunningFunction.StartAsync("join", TestContext.Current.CancellationToken, Patient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn: false, ReceivedAt, isRefused: true);

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"blue"}"""));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(
            """{"error":"You are in 20 rooms, the most that are allowed; leave one before you join \"blue\".","requestId":"Qv7mVHZSoAMFkJw="}""",
            (string?)response["body"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join", 0, false, "{\"left\":\"blue\",\"requestId\":\"Qv7mVHZSoAMFkJw=\"}")]
    [InlineData("join", 1, false, "{\"left\":\"blue\",\"requestId\":\"Qv7mVHZSoAMFkJw=\"}")]
    [InlineData("leave", 0, true, "{\"joined\":\"blue\",\"requestId\":\"Qv7mVHZSoAMFkJw=\"}")]
    [InlineData("leave", 20, true, "{\"joined\":\"blue\",\"requestId\":\"Qv7mVHZSoAMFkJw=\"}")]
    public async Task A_change_that_another_one_has_overridden_is_answered_with_how_it_is(string action, int millisecondsLater, bool isIn, string answer)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken, Patient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn, ReceivedAt + TimeSpan.FromMilliseconds(millisecondsLater));

        var response = await function.InvokeAsync(Message(action, $$"""{"action":"{{action}}","room":"blue"}"""));

        Assert.Equal(answer, (string?)response["body"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_leaves_a_room_whose_next_join_is_refused_has_left_it()
    {
        await using var function = await RunningFunction.StartAsync("leave", TestContext.Current.CancellationToken, Patient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn: false, ReceivedAt, isRefused: true);

        var response = await function.InvokeAsync(Message("leave", """{"action":"leave","room":"blue"}"""));

        Assert.Equal("""{"left":"blue","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join", "joined")]
    [InlineData("leave", "left")]
    public async Task A_change_that_a_busy_registry_has_not_come_to_is_answered_as_not_confirmed(string action, string done)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken, Impatient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn: action == "leave", ReceivedAt, order: 0);

        var response = await function.InvokeAsync(Message(action, $$"""{"action":"{{action}}","room":"blue"}"""));

        Assert.Equal(200, (int?)response["statusCode"]);
        Assert.Equal($$"""{"{{done}}":"blue","confirmed":false,"requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.Single(function.Registry.Looks);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_is_in_by_an_earlier_join_has_joined_though_a_busy_registry_has_not_come_to_the_next_one()
    {
        await using var function = await RunningFunction.StartAsync("join", TestContext.Current.CancellationToken, Impatient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn: true, ReceivedAt, order: 0);

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"blue"}"""));

        Assert.Equal("""{"joined":"blue","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join", "joined")]
    [InlineData("leave", "left")]
    public async Task A_change_on_the_queue_is_not_called_refused_because_the_table_cannot_be_read(string action, string done)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken, Patient);
        function.Registry.Refuses = true;

        var response = await function.InvokeAsync(Message(action, $$"""{"action":"{{action}}","room":"blue"}"""));

        Assert.Equal($$"""{"{{done}}":"blue","confirmed":false,"requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.Equal("blue", function.SentEvent<MembershipChanged>().Room);
        Assert.Contains(function.Log.Lines, line => line.StartsWith("Error: What has become of a change of blue by ", StringComparison.Ordinal));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join")]
    [InlineData("leave")]
    public async Task A_change_that_may_be_on_the_queue_is_not_called_refused(string action)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken);
        function.Sqs.Hangs = true;

        var response = await function.InvokeAsync(
            Message(action, $$"""{"action":"{{action}}","room":"blue"}"""), Deadlines.AlreadyOver);

        Assert.Equal(503, (int?)response["statusCode"]);
        Assert.Equal(
            $$"""{"error":"It is not known whether the {{action}} was accepted; send it again.","requestId":"Qv7mVHZSoAMFkJw="}""",
            (string?)response["body"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join")]
    [InlineData("leave")]
    public async Task A_flood_of_changes_is_refused_before_it_costs_anything(string action)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = await RunningFunction.StartAsync(action, cancellation, Impatient, new FakeTime());
        var flood = new List<string?>();
        for (var i = 0; i < 40; i++)
            flood.Add((string?)(await function.InvokeAsync(Message(action, $$"""{"action":"{{action}}","room":"room-{{i}}"}""")))["body"]);

        const string Refusal = """{"error":"You ask too often; wait a second.","requestId":"Qv7mVHZSoAMFkJw="}""";
        Assert.DoesNotContain(Refusal, flood[..30]);
        Assert.All(flood[30..], answer => Assert.Equal(Refusal, answer));
        Assert.Equal(30, function.Sqs.Sent.Count);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join", "{\"action\":\"join\"}", "The frame has no room.")]
    [InlineData("join", "{\"action\":\"join\",\"room\":5}", "The room must be a string, but is a number.")]
    [InlineData("leave", "{\"action\":\"leave\"}", "The frame has no room.")]
    [InlineData("leave", "leave blue", "The frame is not JSON.")]
    public async Task A_bad_frame_is_answered_with_an_example(string action, string body, string sentence)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message(action, body));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(
            $$$"""{"error":"{{{sentence}}}","requestId":"Qv7mVHZSoAMFkJw=","expected":{"action":"{{{action}}}","room":"blue"}}""",
            (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_bad_name_is_answered_with_what_a_name_is()
    {
        await using var function = await RunningFunction.StartAsync("join", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"blue#07"}"""));

        Assert.Equal(
            """{"error":"\"blue#07\" is not the name of a room.","requestId":"Qv7mVHZSoAMFkJw=","expected":"1 to 64 of the letters a-z and A-Z, digits, '-', '_' and '.'"}""",
            (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task Everybody_is_in_the_room_of_everyone_already()
    {
        await using var function = await RunningFunction.StartAsync("join", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"everyone"}"""));

        Assert.Equal("""{"joined":"everyone","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task Nobody_leaves_the_room_of_everyone()
    {
        await using var function = await RunningFunction.StartAsync("leave", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Message("leave", """{"action":"leave","room":"everyone"}"""));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(
            """{"error":"Nobody can leave the room \"everyone\".","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join")]
    [InlineData("leave")]
    public async Task A_queue_that_refuses_the_change_is_answered_with_a_request_to_send_again(string action)
    {
        await using var function = await RunningFunction.StartAsync(action, TestContext.Current.CancellationToken);
        function.Sqs.Refuses = true;

        var response = await function.InvokeAsync(Message(action, $$"""{"action":"{{action}}","room":"blue"}"""));

        Assert.Equal(503, (int?)response["statusCode"]);
        Assert.Equal(
            $$"""{"error":"The {{action}} was not accepted; send it again.","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.StartsWith("Error: That connection A-b9_xYzoAMCK1g= ", Assert.Single(function.Log.Lines));
    }

    private static JsonObject Message(string action, string body) => Events.Message(action, body);
}
