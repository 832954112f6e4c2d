using System.Text.Json;
using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Rules;

/// <summary>The event of $disconnect, key by key, and how connections end.</summary>
internal static class DisconnectRules
{
    public static IEnumerable<Rule> All =>
    [
        Key("code", "has the client's own close code.", d => Check.Equal(4321, Check.Number(d.GetProperty("requestContext"), "disconnectStatusCode"))),
        Key("reason", "has the client's own reason.", d => Check.Equal("I am done", Check.Text(d.GetProperty("requestContext"), "disconnectReason"))),
        Key("route-key", "has the routeKey $disconnect.", d => Check.Equal("$disconnect", Check.Text(d.GetProperty("requestContext"), "routeKey"))),
        Key("event-type", "has the eventType DISCONNECT.", d => Check.Equal("DISCONNECT", Check.Text(d.GetProperty("requestContext"), "eventType"))),
        Key("direction", "has the messageDirection IN.", d => Check.Equal("IN", Check.Text(d.GetProperty("requestContext"), "messageDirection"))),
        Key("request-id", "has a requestId of 16 characters, the last of them =.", d => Check.Matches("^[A-Za-z0-9_-]{15}=$", Check.Text(d.GetProperty("requestContext"), "requestId"))),
        Key("extended-request-id", "has an extendedRequestId that equals the requestId.", d =>
            Check.Equal(Check.Text(d.GetProperty("requestContext"), "requestId"), Check.Text(d.GetProperty("requestContext"), "extendedRequestId"))),
        Key("no-message-id", "has no messageId.", d => Check.Absent(d.GetProperty("requestContext"), "messageId")),
        Key("no-body", "has no body.", d => Check.Absent(d, "body")),
        Key("no-query", "has no query parameters.", d => Check.Absent(d, "queryStringParameters", "multiValueQueryStringParameters")),
        Key("not-base64", "is not base64.", d => Check.Present(d, "isBase64Encoded", JsonValueKind.False)),
        Key("host", "has the header Host.", d => Check.True(Script.Header(d, "Host") is { Length: > 0 }, "Host is absent or empty")),
        Key("empty-headers", "has the empty headers x-api-key, X-Forwarded-For and x-restapi.", d =>
            Check.Equal(",,", string.Join(',', Script.Header(d, "x-api-key") ?? "absent", Script.Header(d, "X-Forwarded-For") ?? "absent", Script.Header(d, "x-restapi") ?? "absent"))),
        Key("multi-value-headers", "has its headers as lists, too.", d => Check.Present(Check.Present(d, "multiValueHeaders", JsonValueKind.Object), "Host", JsonValueKind.Array)),
        Same("connection-id", "connectionId"), Same("api-id", "apiId"), Same("stage", "stage"), Same("domain-name", "domainName"),
        new("disconnect.connected-at", "The $disconnect event has the connectedAt of the $connect event.", Sources.Powertools, Grade.B, async t =>
        {
            var captured = await t.Captures.MainAsync();
            Check.Equal(Check.Number(captured.Connect.Context, "connectedAt"), Check.Number(captured.Disconnect.Context, "connectedAt"));
        }),
        Closes("code-1000", "A client that closes with 1000 is reported with 1000 and an empty reason.", 1000, "", Grade.B),
        Closes("code-1001", "A client that closes with 1001, as a closed browser tab, is reported with 1001 and an empty reason.", 1001, "", Grade.B),
        new("disconnect.no-status", "A client that closes without a status is reported with 1005 and a text of AWS.", Sources.Powertools, Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendFrameAsync(RawClient.Close, []);
            await ReportedAsync(talk, 1005, "Client-side close frame status not set");
        }),
        new("disconnect.dropped", "A TCP connection that drops is reported with 1006.", Sources.None, Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            talk.Client.Drop();
            await ReportedAsync(talk, 1006, "Connection Closed Abnormally");
        }),
        new("disconnect.once", "$disconnect is invoked once.", Sources.Connect, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendCloseAsync(1000);
            await talk.DisconnectEventAsync();
            await t.QuietAsync();
            Check.Equal(1, t.Seen("disconnect", talk.Id).Count);
        }),
        new("disconnect.close-answered", "A client's close frame is answered with its code.", Sources.Rfc + ", 5.5.1", Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendCloseAsync(4000);
            Check.Equal(4000, (await talk.FrameAsync()).CloseCode);
        }),
        new("disconnect.gone", "A client that left is 410 for posts.", Sources.Connections, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendCloseAsync(1000);
            await talk.ClosedAsync();
            await talk.DisconnectEventAsync();
            Check.Equal(410, (int)(await talk.PostAsync("x")).Status);
        }),
    ];

    public static async Task ReportedAsync(Conversation talk, int code, string? reason = null)
    {
        var context = (await talk.DisconnectEventAsync()).Context;
        Check.Equal(code, Check.Number(context, "disconnectStatusCode"));
        if (reason is not null)
            Check.Equal(reason, Check.Text(context, "disconnectReason"));
    }

    private static Rule Closes(string id, string sentence, int code, string reason, Grade grade) => new($"disconnect.{id}", sentence, Sources.Powertools, grade, async t =>
    {
        var talk = await t.ConnectAsync();
        await talk.Client.SendCloseAsync(code, reason);
        await ReportedAsync(talk, code, reason);
    });

    private static Rule Key(string id, string what, Action<JsonElement> check) => new(
        $"disconnect.{id}", $"The $disconnect event {what}", Sources.Powertools, Grade.B, async t => check((await t.Captures.MainAsync()).Disconnect.Event));

    private static Rule Same(string id, string member) => new(
        $"disconnect.{id}", $"The $disconnect event has the {member} of the $connect event.", Sources.Powertools, Grade.B, async t =>
        {
            var captured = await t.Captures.MainAsync();
            Check.Equal(Check.Text(captured.Connect.Context, member), Check.Text(captured.Disconnect.Context, member));
        });
}
