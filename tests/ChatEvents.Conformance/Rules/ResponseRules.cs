using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Rules;

/// <summary>What a client hears of the answer to its message, and in which order.</summary>
internal static class ResponseRules
{
    private const string ErrorSource = "simple-websockets-chat-app#42, laconiajs/laconia#41";

    public static IEnumerable<Rule> All =>
    [
        new("response.two-way", "A route with a route response sends the body of the answer.", Sources.RouteResponse, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("two", Script.Body("the answer"));
            Check.Equal("the answer", await talk.TextAsync());
        }),
        new("response.one-way", "A route without a route response discards the answer.", Sources.RouteResponse, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.EventOfAsync(Conversation.Message("one", Script.Body("nobody hears this")));
            await t.QuietAsync();
            Check.Equal("still open", await talk.StillOpenAsync());
        }),
        new("response.default-one-way", "$default without a route response discards the answer.", Sources.RouteResponse, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.EventOfAsync(Conversation.Message("nobody", Script.Body("nobody hears this")));
            await t.QuietAsync();
            Check.Equal("still open", await talk.StillOpenAsync());
        }),
        new("response.no-body", "An answer without a body sends nothing.", Sources.Community, Grade.C, async t => await SilentAsync(t, Script.Status(200))),
        new("response.empty-body", "An answer with an empty body sends nothing.", Sources.Community, Grade.C, async t => await SilentAsync(t, Script.Body(""))),
        new("response.error-status", "The body of an answer with the status 500 is an ordinary message.", "yai333 chat-app#2", Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("two", Script.Body("it failed", 500));
            Check.Equal("it failed", await talk.TextAsync());
        }),
        new("response.error-status-open", "An answer with the status 500 does not close the connection.", "yai333 chat-app#2", Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.EventOfAsync(Conversation.Message("one", Script.Status(500)));
            Check.Equal("still open", await talk.StillOpenAsync());
        }),
        new("response.text-frame", "Answers are text frames.", Sources.RouteResponse, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("two", Script.Body("text"));
            Check.Equal(RawClient.Text, (await talk.FrameAsync()).Opcode);
        }),
        new("response.not-masked", "Frames of the target are not masked.", Sources.Rfc + ", 5.1", Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("two", Script.Body("text"));
            Check.True(!(await talk.FrameAsync()).IsMasked, "the frame is masked");
        }),
        new("response.unicode", "The body of an answer arrives as it was returned, also beyond ASCII.", Sources.RouteResponse, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("two", Script.Body("Grüße, 世界 🌍"));
            Check.Equal("Grüße, 世界 🌍", await talk.TextAsync());
        }),
        Fails("throws-one-way", "A function that throws is answered with a frame whose message is Internal server error, on a one-way route.", "one", new Script(Throw: "boom"), Grade.B),
        Fails("throws-two-way", "A function that throws is answered with the same frame on a route with a route response.", "two", new Script(Throw: "boom"), Grade.B),
        new("response.throws-shape", "The frame Internal server error has the connectionId and the requestId, with the spacing of AWS.", ErrorSource, Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("one", new Script(Throw: "boom"));
            Check.Matches("""^\{"message": "[^"]*", "connectionId":"[A-Za-z0-9_-]{15}=", "requestId":"[A-Za-z0-9_-]{15}="\}$""", await talk.TextAsync());
        }),
        new("response.throws-ids", "The ids of the frame Internal server error are those of the event.", ErrorSource, Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            var message = await talk.EventOfAsync(Conversation.Message("one", new Script(Throw: "boom")));
            var text = await talk.TextAsync();
            Check.True(
                text.Contains(talk.Id, StringComparison.Ordinal) && text.Contains(Check.Text(message.Context, "requestId"), StringComparison.Ordinal),
                $"saw {Check.Show(text)}");
        }),
        new("response.throws-open", "After the frame Internal server error the connection stays open.", ErrorSource, Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("one", new Script(Throw: "boom"));
            await talk.TextAsync();
            Check.Equal("still open", await talk.StillOpenAsync());
        }),
        Fails("malformed-null", "The answer null is no proxy response: Internal server error.", "one", new Script("null"), Grade.C),
        Fails("malformed-text", "The answer of a bare text is no proxy response: Internal server error.", "one", new Script("\"ok\""), Grade.C),
        Fails("malformed-number", "The answer of a bare number is no proxy response: Internal server error.", "one", new Script("200"), Grade.C),
        Fails("malformed-no-status", "An answer without a statusCode is no proxy response: Internal server error.", "two", new Script("""{"body":"x"}"""), Grade.C),
        Fails("malformed-body-object", "An answer whose body is an object is no proxy response: Internal server error.", "two", new Script("""{"statusCode":200,"body":{"a":1}}"""), Grade.C),
        Fails("unknown-member", "An answer with a member that a proxy response does not have is an Internal server error.", "two",
            new Script("""{"statusCode":200,"body":"x","connectionId":"y"}"""), Grade.B, "middy#1219"),
        new("response.not-json", "An answer that is not JSON is an Internal server error.", Sources.Community, Grade.C, async t =>
        {
            HandshakeRules.OnlyRaw(t);
            var talk = await t.ConnectAsync();
            await talk.SendAsync("one", new Script("not JSON"));
            await talk.GatewayFrameAsync("Internal server error");
        }),
        new("response.timeout", "A function that is slower than the integration timeout is answered with Internal server error.", Sources.None, Grade.G, async t =>
        {
            var wait = HandshakeRules.Waitable(t) * 2;
            var talk = await t.ConnectAsync(t.Fast);
            await talk.SendAsync("one", new Script(WaitMs: (int)wait.TotalMilliseconds));
            await talk.GatewayFrameAsync("Internal server error");
        }),
        new("response.long", "An answer of 30,000 characters arrives whole.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("two", Script.Body(new string('x', 30_000)));
            Check.Equal(30_000, (await talk.TextAsync()).Length);
        }),
        new("response.base64", "A body that is marked as base64 is sent as it is.", Sources.None, Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("two", new Script("""{"statusCode":200,"body":"eQ==","isBase64Encoded":true}"""));
            Check.Equal("eQ==", await talk.TextAsync());
        }),
        new("order.overlap", "Two messages of one connection may run at once, and the second may end first.", Sources.Frames, Grade.C, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync("two", Script.Body("first") with { WaitMs = 1500 });
            await talk.SendAsync("two", Script.Body("second"));
            Check.Equal("second", await talk.TextAsync());
            Check.Equal("first", await talk.TextAsync());
        }),
        new("order.posts", "Posts that are answered one after the other arrive in that order.", Sources.Community, Grade.C, async t =>
        {
            var talk = await t.ConnectAsync();
            for (var i = 0; i < 20; i++)
                Check.Equal(200, (int)(await talk.PostAsync($"{i}")).Status);
            for (var i = 0; i < 20; i++)
                Check.Equal($"{i}", await talk.TextAsync());
        }),
        new("order.connect-first", "The first message of a client is not taken before $connect has returned.", Sources.Connect, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync(script: new Script(WaitMs: 200));
            var message = await talk.EventOfAsync(Conversation.Message("one"));
            Check.True(
                Check.Number(message.Context, "requestTimeEpoch") - Check.Number(talk.Connect.Context, "requestTimeEpoch") >= 150, "it was taken earlier");
        }),
    ];

    private static Rule Fails(string id, string sentence, string action, Script script, Grade grade, string source = ErrorSource) => new(
        $"response.{id}", sentence, source, grade, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.SendAsync(action, script);
            await talk.GatewayFrameAsync("Internal server error");
        });

    private static async Task SilentAsync(Questioner t, Script script)
    {
        var talk = await t.ConnectAsync();
        await talk.EventOfAsync(Conversation.Message("two", script));
        await t.QuietAsync();
        Check.Equal("still open", await talk.StillOpenAsync());
    }
}
