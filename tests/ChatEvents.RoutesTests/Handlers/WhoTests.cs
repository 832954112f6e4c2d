using System.Text.Json.Nodes;
using ChatEvents.Routes;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class WhoTests
{
    private static readonly RouteSettings Impatient = new() { MembershipPatience = TimeSpan.Zero };

    [Fact(Timeout = 30_000)]
    public async Task Several_connections_of_a_user_count_as_one()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        function.Registry.Add("blue", Events.ConnectionId, "ada");
        function.Registry.Add("blue", "phone-of-ada=", "ada");
        function.Registry.Add("blue", "laptop-of-bob", "bob");
        function.Registry.Add("blue", "somebody-else=");
        function.Registry.Add("red", "in-another-room", "cyd");

        var response = await function.InvokeAsync(Who("blue"));

        Assert.Equal(200, (int?)response["statusCode"]);
        Assert.Equal(
            """{"room":"blue","count":3,"members":[{"connectionId":"somebody-else=","connections":1},{"user":"ada","connections":2},{"user":"bob","connections":1}],"requestId":"Qv7mVHZSoAMFkJw="}""",
            (string?)response["body"]);
        Assert.Equal(["Information: Told connection A-b9_xYzoAMCK1g= of 3 of 3 in blue."], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_room_everyone_is_meant_and_nobody_has_to_prove_membership()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken, Impatient);
        function.Registry.Add("everyone", "somebody-else=", "ada");

        var answer = await AnswerAsync(function, Events.Message("who", """{"action":"who"}"""));

        Assert.Equal("everyone", (string?)answer["room"]);
        Assert.Equal(1, (int?)answer["count"]);
        Assert.Empty(function.Registry.Looks);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_is_not_in_a_room_is_not_told_who_is()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken, Impatient);
        function.Registry.Add("blue", "somebody-else=", "ada");

        var response = await function.InvokeAsync(Who("blue"));

        Assert.Equal(
            """{"error":"You are not in the room \"blue\".","requestId":"Qv7mVHZSoAMFkJw=","expected":{"action":"join","room":"blue"}}""",
            (string?)response["body"]);
        Assert.Empty(function.Registry.Queries);
    }

    [Fact(Timeout = 30_000)]
    public async Task Pages_name_each_member_once_and_tell_how_to_go_on()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        var users = Enumerable.Range(0, 120).Select(i => $"user-{i:000}").ToList();
        foreach (var user in users)
        {
            function.Registry.Add("everyone", $"laptop-of-{user}", user);
            function.Registry.Add("everyone", $"phone-of-{user}", user);
        }

        var told = new List<string>();
        for (string? next = ""; next is not null;)
        {
            var frame = next.Length == 0 ? """{"action":"who"}""" : $$"""{"action":"who","next":"{{next}}"}""";
            var answer = await AnswerAsync(function, Events.Message("who", frame));
            Assert.Equal(120, (int?)answer["count"]);
            told.AddRange(answer["members"]!.AsArray().Select(member => (string?)member!["user"] ?? ""));
            next = (string?)answer["next"];
        }

        Assert.Equal(users, told);
        Assert.Equal(16, function.Registry.Queries.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_flood_of_questions_reads_the_room_once_a_second_and_is_refused_in_the_end()
    {
        var time = new FakeTime();
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken, time: time);
        function.Registry.Add("everyone", Events.ConnectionId);
        var refused = 0;
        for (var second = 0; second < 3; second++)
        {
            for (var i = 0; i < 40; i++)
            {
                var response = await function.InvokeAsync(Events.Message("who", """{"action":"who"}"""));
                if ((int?)response["statusCode"] == 429) refused++;
            }

            time.Advance(TimeSpan.FromSeconds(1));
        }

        Assert.Equal(120 - 30 - 10 - 10, refused);
        Assert.Equal(3 * 16, function.Registry.Queries.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_has_just_come_is_not_missing_from_the_answer()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        function.Registry.Add("blue", "somebody-else=");
        function.Registry.Add("blue", Events.ConnectionId);
        await function.InvokeAsync(Who("blue"));
        function.Registry.Add("blue", "late-comer====");

        var asked = Who("blue");
        asked["requestContext"]!["connectionId"] = "late-comer====";
        var answer = await AnswerAsync(function, asked);

        Assert.Equal(3, (int?)answer["count"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Members_whose_time_is_over_are_not_counted()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        function.Registry.Add("everyone", "gone-long-ago==", "ada", DateTimeOffset.UnixEpoch);
        function.Registry.Add("everyone", "still-here=====", "bob");

        var answer = await AnswerAsync(function, Events.Message("who", """{"action":"who"}"""));

        Assert.Equal(1, (int?)answer["count"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task All_pages_of_the_table_are_read()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        function.Registry.PageSize = 2;
        for (var i = 0; i < 200; i++)
        {
            function.Registry.Add("everyone", $"connection-{i:000}=");
        }

        var answer = await AnswerAsync(function, Events.Message("who", """{"action":"who"}"""));

        Assert.Equal(200, (int?)answer["count"]);
        Assert.Null(answer["atLeast"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_room_too_large_to_count_is_told_to_have_at_least_as_many_as_were_read()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        for (var i = 0; i < 21_000; i++)
        {
            function.Registry.Add("everyone", $"connection-{i:00000}=");
        }

        var answer = await AnswerAsync(function, Events.Message("who", """{"action":"who"}"""));

        Assert.InRange((int?)answer["count"] ?? 0, 19_000, 20_000);
        Assert.True((bool?)answer["atLeast"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("!")]
    [InlineData("")]
    [InlineData("YWJj")]
    public async Task A_next_that_no_answer_has_named_is_refused(string next)
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Message("who", $$"""{"action":"who","next":"{{next}}"}"""));

        Assert.Equal(
            """{"error":"The next is not one that an answer has named.","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_table_that_cannot_be_read_is_answered_with_a_request_to_ask_again()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        function.Registry.Refuses = true;

        var response = await function.InvokeAsync(Who("blue"));

        Assert.Equal(503, (int?)response["statusCode"]);
        Assert.Equal("""{"error":"The room could not be read; ask again.","requestId":"Qv7mVHZSoAMFkJw="}""", (string?)response["body"]);
        var lines = function.Log.Lines.ToList();
        Assert.Equal(2, lines.Count); // the room, and what the client speaks
        Assert.All(lines, line => Assert.Contains("not authorized to perform: dynamodb:GetItem", line, StringComparison.Ordinal));
    }

    private static JsonObject Who(string room) => Events.Message("who", $$"""{"action":"who","room":"{{room}}"}""");

    private static async Task<JsonNode> AnswerAsync(RunningFunction function, JsonObject message) =>
        JsonNode.Parse((string?)(await function.InvokeAsync(message))["body"] ?? "")!;
}
