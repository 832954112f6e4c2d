using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>Whatever JSON allows, and what comes close to it, is answered; nothing that a client writes makes a function fail.</summary>
public sealed class FrameTests
{
    private static readonly RouteSettings Impatient = new() { MembershipPatience = TimeSpan.Zero };

    private static readonly Dictionary<string, string> Good = new()
    {
        ["onMessage"] = "\"message\":\"Hi\"",
        ["join"] = "\"room\":\"blue\"",
        ["leave"] = "\"room\":\"blue\"",
        ["who"] = "\"room\":\"everyone\"",
        ["history"] = "\"room\":\"everyone\"",
        ["remove"] = "\"seq\":1",
        ["default"] = "\"message\":\"Hi\"",
    };

    public static TheoryData<string, string, string> Wrong
    {
        get
        {
            var frames = new TheoryData<string, string, string>();
            foreach (var (route, members) in Good)
            {
                var frame = $$"""{"action":"{{route}}",{{members}}}""";
                frames.Add(route, $$"""{"action":"{{route}}",{{members}},"\ud83d":1}""", "The frame has a member whose name is not valid Unicode.");
                frames.Add(route, $$"""{"action":"{{route}}",{{members}},"action\udc4b":1}""", "The frame has a member whose name is not valid Unicode.");
                frames.Add(route, $"{{{members},\"x\":{Nested(64)}}}", "The JSON of the frame is more than 64 levels deep.");
                frames.Add(route, Nested(100_000), "The JSON of the frame is more than 64 levels deep.");
                frames.Add(route, new string('[', 100_000), "The frame is not JSON.");
                frames.Add(route, $"\uFEFF{frame}", "The frame begins with a byte order mark, which JSON does not allow.");
                frames.Add(route, $"{frame}{frame}", "The frame is not JSON.");
                frames.Add(route, frame.Replace('"', '\''), "The frame is not JSON.");
            }

            return frames;
        }
    }

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(Wrong))]
    public async Task A_frame_that_cannot_be_read_is_an_error_frame_that_says_why(string route, string frame, string sentence)
    {
        await using var function = await RunningFunction.StartAsync(route, TestContext.Current.CancellationToken, Impatient);

        var response = await function.InvokeAsync(Events.Message(route, frame));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Equal(sentence, (string?)JsonNode.Parse((string?)response["body"] ?? "")!["error"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("\"room\":null")]
    [InlineData("\"to\":null")]
    [InlineData("\"room\":\"\\ud83d\",\"room\":null")]
    [InlineData("\"message\":\"first\",\"message\":\"Hi\"")]
    [InlineData("\"n\":1e999999,\"m\":123456789012345678901234567890")]
    [InlineData("\"x\":\"\\ud83d\",\"y\":{\"\\ud83d\":1}")]
    public async Task What_is_null_is_absent_what_is_unknown_is_ignored_and_of_duplicates_the_last_one_counts(string members)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Impatient);

        await function.InvokeAsync(Events.Message("onMessage", $$"""{"action":"onMessage","message":"Hi",{{members}}}"""));

        var posted = function.SentEvent<MessagePosted>();
        Assert.Equal(("Hi", Room.Everyone), (posted.Message, posted.Room));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("who", "{\"action\":\"who\",\"room\":null,\"next\":null}", "\"room\":\"everyone\"")]
    [InlineData("join", "{\"action\":\"join\",\"room\":null}", "The frame has no room.")]
    [InlineData("leave", "{\"action\":\"leave\",\"room\":null}", "The frame has no room.")]
    [InlineData("default", "{\"action\":null}", "The frame has no action.")]
    [InlineData("who", "{\"action\":\"who\",\"next\":\"\\ud83d\"}", "The next is not valid Unicode.")]
    [InlineData("join", "{\"action\":\"join\",\"room\":\"\\ud83d\"}", "The room is not valid Unicode.")]
    [InlineData("default", "{\"action\":\"\\ud83d\"}", "The action is not valid Unicode.")]
    public async Task A_member_that_is_null_is_absent_on_every_route(string route, string frame, string answer)
    {
        await using var function = await RunningFunction.StartAsync(route, TestContext.Current.CancellationToken, Impatient);

        var response = await function.InvokeAsync(Events.Message(route, frame));

        Assert.Contains(answer, (string?)response["body"] ?? "", StringComparison.Ordinal);
    }

    private static string Nested(int depth) => $"{new string('[', depth)}{new string(']', depth)}";
}
