using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;

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
        await using var function = await RunningFunction.StartAsync(action, Patient);
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
            function.SentEvent<MembershipChanged>());
        Assert.Equal([QueueNames.Connections], function.Sqs.QueuesLookedUp);
        Assert.Equal([$"Information: That connection A-b9_xYzoAMCK1g= of \"user-17\" {done} blue is on the queue."], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_custom_domain_is_where_a_new_member_is_posted_to()
    {
        await using var function = await RunningFunction.StartAsync(
            "join", Impatient with { CallbackEndpoint = "https://ws.example.com/chat" });

        await function.InvokeAsync(Message("join", """{"action":"join","room":"blue"}"""));

        Assert.Equal("https://ws.example.com/chat", function.SentEvent<MembershipChanged>().CallbackEndpoint);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_is_answered_when_the_registry_has_written_it()
    {
        await using var function = await RunningFunction.StartAsync("join", Patient);
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
        Assert.All(function.Registry.Looks, look => Assert.Equal(("Chat", false), ((string?)look["TableName"], (bool?)look["ConsistentRead"] == true)));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_that_the_registry_refuses_is_answered_with_the_limit()
    {
        await using var function = await RunningFunction.StartAsync("join", Patient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn: false, ReceivedAt);

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"blue"}"""));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(
            """{"error":"You are in 20 rooms, the most that are allowed; leave one before you join \"blue\".","requestId":"Qv7mVHZSoAMFkJw="}""",
            (string?)response["body"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_that_was_left_again_before_its_answer_had_been_taken()
    {
        await using var function = await RunningFunction.StartAsync("join", Patient);
        function.Registry.SetChange(Events.ConnectionId, "blue", isIn: false, ReceivedAt + TimeSpan.FromMilliseconds(1));

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"blue"}"""));

        Assert.Equal("""{"joined":"blue","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_that_a_busy_registry_has_not_come_to_is_taken_for_granted()
    {
        await using var function = await RunningFunction.StartAsync("join", Impatient);

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"blue"}"""));

        Assert.Equal("""{"joined":"blue","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.Single(function.Registry.Looks);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("join", "{\"action\":\"join\"}", "The frame has no room.")]
    [InlineData("join", "{\"action\":\"join\",\"room\":5}", "The room must be a string, but is a number.")]
    [InlineData("leave", "{\"action\":\"leave\"}", "The frame has no room.")]
    [InlineData("leave", "leave blue", "The frame is not JSON.")]
    public async Task A_bad_frame_is_answered_with_an_example(string action, string body, string sentence)
    {
        await using var function = await RunningFunction.StartAsync(action);

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
        await using var function = await RunningFunction.StartAsync("join");

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"blue#07"}"""));

        Assert.Equal(
            """{"error":"\"blue#07\" is not the name of a room.","requestId":"Qv7mVHZSoAMFkJw=","expected":"1 to 64 of the letters a-z and A-Z, digits, '-', '_' and '.'"}""",
            (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task Everybody_is_in_the_room_of_everyone_already()
    {
        await using var function = await RunningFunction.StartAsync("join");

        var response = await function.InvokeAsync(Message("join", """{"action":"join","room":"everyone"}"""));

        Assert.Equal("""{"joined":"everyone","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task Nobody_leaves_the_room_of_everyone()
    {
        await using var function = await RunningFunction.StartAsync("leave");

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
        await using var function = await RunningFunction.StartAsync(action);
        function.Sqs.Refuses = true;

        var response = await function.InvokeAsync(Message(action, $$"""{"action":"{{action}}","room":"blue"}"""));

        Assert.Equal(503, (int?)response["statusCode"]);
        Assert.Equal(
            $$"""{"error":"The {{action}} was not accepted; send it again.","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        Assert.StartsWith("Error: That connection A-b9_xYzoAMCK1g= ", Assert.Single(function.Log.Lines));
    }

    private static JsonObject Message(string action, string body) => Events.Message(action, body);
}
