using System.Text.Json;

namespace ChatEvents.Conformance.Rules;

/// <summary>The event of a message, key by key.</summary>
internal static class MessageRules
{
    public static IEnumerable<Rule> All =>
    [
        Key("no-headers", "has no headers.", (_, m) => Check.Absent(m, "headers", "multiValueHeaders"), Grade.A, Sources.Events),
        Key("no-query", "has no query parameters.", (_, m) => Check.Absent(m, "queryStringParameters", "multiValueQueryStringParameters"), Grade.A, Sources.Events),
        Key("body", "has the text of the message.", (_, m) => Check.Equal("""{"action":"one"}""", Check.Text(m, "body"))),
        Key("not-base64", "is not base64.", (_, m) => Check.Present(m, "isBase64Encoded", JsonValueKind.False)),
        Context("route-key", "has the selected routeKey.", (_, m) => Check.Equal("one", Check.Text(m, "routeKey"))),
        Context("event-type", "has the eventType MESSAGE.", (_, m) => Check.Equal("MESSAGE", Check.Text(m, "eventType"))),
        Context("direction", "has the messageDirection IN.", (_, m) => Check.Equal("IN", Check.Text(m, "messageDirection"))),
        Context("message-id", "has a messageId of 16 characters, the last of them =.", (_, m) => Check.Matches("^[A-Za-z0-9_-]{15}=$", Check.Text(m, "messageId"))),
        Context("request-id", "has a requestId of 16 characters, the last of them =.", (_, m) => Check.Matches("^[A-Za-z0-9_-]{15}=$", Check.Text(m, "requestId"))),
        Context("extended-request-id", "has an extendedRequestId that equals the requestId.", (_, m) => Check.Equal(Check.Text(m, "requestId"), Check.Text(m, "extendedRequestId"))),
        Context("request-id-new", "has another requestId than the $connect event.", (c, m) => Check.True(Check.Text(c, "requestId") != Check.Text(m, "requestId"), "it is the same")),
        Same("connection-id", "connectionId"), Same("api-id", "apiId"), Same("stage", "stage"), Same("domain-name", "domainName"),
        Context("connected-at", "has the connectedAt of the $connect event.", (c, m) => Check.Equal(Check.Number(c, "connectedAt"), Check.Number(m, "connectedAt"))),
        Context("request-time", "has a requestTime in the format of access logs.", (_, m) => Check.Matches(@"^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000$", Check.Text(m, "requestTime"))),
        Context("request-time-epoch", "has a requestTimeEpoch that is not before connectedAt.", (_, m) =>
            Check.True(Check.Number(m, "requestTimeEpoch") >= Check.Number(m, "connectedAt"), "it is before")),
        Context("source-ip", "has the client's address.", (c, m) => Check.Equal(Identity(c, "sourceIp"), Identity(m, "sourceIp"))),
        Context("user-agent", "has the client's User-Agent.", (_, m) => Check.Matches("^conformance/1.* main$", Identity(m, "userAgent"))),
        Context("no-disconnect-members", "has no members of $disconnect.", (_, m) => Check.Absent(m, "disconnectStatusCode", "disconnectReason")),
        new("message.unicode", "The text of a message arrives as it was sent, also beyond ASCII.", Sources.Events, Grade.A, async t =>
        {
            var text = """{"action":"one","text":"Grüße, 世界 🌍 \u0001 \\ / \""}""";
            Check.Equal(text, (await (await t.ConnectAsync()).EventOfAsync(text)).Body);
        }),
        new("message.empty", "An empty message has no body.", "jordaneremieff/mangum#117", Grade.B,
            async t => Check.Absent((await (await t.ConnectAsync()).EventOfAsync("")).Event, "body")),
        new("message.ids-differ", "Two messages have two messageIds.", Sources.Powertools, Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            var first = Check.Text((await talk.EventOfAsync("x")).Context, "messageId");
            Check.True(first != Check.Text((await talk.EventOfAsync("y")).Context, "messageId"), "both have the same messageId");
        }),
        new("message.once", "A message invokes its function once.", Sources.Events, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.EventOfAsync("x");
            await t.QuietAsync();
            Check.Equal(1, t.Seen("message", talk.Id).Count);
        }),
    ];

    private static string Identity(JsonElement context, string member) => Check.Text(Check.Present(context, "identity", JsonValueKind.Object), member);

    private static Rule Key(string id, string what, Action<JsonElement, JsonElement> check, Grade grade = Grade.B, string source = Sources.Powertools) => new(
        $"message.{id}", $"The event of a message {what}", source, grade, async t =>
        {
            var captured = await t.Captures.MainAsync();
            check(captured.Connect.Event, captured.Message.Event);
        });

    private static Rule Context(string id, string what, Action<JsonElement, JsonElement> check) =>
        Key(id, what, (connect, message) => check(connect.GetProperty("requestContext"), message.GetProperty("requestContext")));

    private static Rule Same(string id, string member) =>
        Context(id, $"has the {member} of the $connect event.", (c, m) => Check.Equal(Check.Text(c, member), Check.Text(m, member)));
}
