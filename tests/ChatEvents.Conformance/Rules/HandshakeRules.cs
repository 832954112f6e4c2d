using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Functions;

namespace ChatEvents.Conformance.Rules;

/// <summary>How a client becomes a connection, or does not.</summary>
internal static class HandshakeRules
{
    private const string Key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==";

    public static IEnumerable<Rule> All =>
    [
        new("handshake.accepted", "A handshake that $connect allows is answered 101.", Sources.Connect, Grade.A,
            async t => Check.Equal(101, (await t.HandshakeAsync()).Status)),
        new("handshake.accept-key", "The 101 has the Sec-WebSocket-Accept of the client's key.", Sources.Rfc + ", 4.2.2", Grade.G,
            async t => Check.Equal("s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", (await t.HandshakeAsync()).Headers.GetValueOrDefault("Sec-WebSocket-Accept"))),
        new("handshake.pending", "The answer waits for the function of $connect.", Sources.Connect, Grade.A, PendingAsync),
        new("handshake.pending-gone", "Until $connect has returned, a post to the connection is 410.", "repost.aws/knowledge-center/410-gone-api-gateway", Grade.A, PendingGoneAsync),
        new("handshake.invoked-once", "$connect is invoked once for each connection.", Sources.Connect, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await t.QuietAsync();
            Check.Equal(1, t.Seen("connect", talk.Id).Count);
        }),
        Refused(400), Refused(401), Refused(403), Refused(404), Refused(500), Refused(503),
        new("handshake.status-2xx", "A status of $connect from 200 to 299 accepts.", Sources.Connect, Grade.A,
            async t => Check.Equal(101, (await t.HandshakeAsync(script: Script.Status(204))).Status)),
        new("handshake.throws", "A $connect function that throws refuses with 502.", "serverless-websockets-plugin#13, mavi888/websockets-chat#1", Grade.B,
            async t => Check.Equal(502, (await t.HandshakeAsync(script: new Script(Throw: "boom"))).Status)),
        Malformed("null", "null", Grade.C), Malformed("text", "\"ok\"", Grade.C), Malformed("number", "200", Grade.C),
        Malformed("list", "[]", Grade.C), Malformed("no-status", "{}", Grade.C),
        Malformed("body-object", """{"statusCode":200,"body":{"a":1}}""", Grade.C),
        new("handshake.not-json", "An answer of $connect that is not JSON refuses with 502.", Sources.Community, Grade.C, async t =>
        {
            OnlyRaw(t);
            Check.Equal(502, (await t.HandshakeAsync(script: new Script("not JSON"))).Status);
        }),
        new("handshake.timeout", "A $connect function that is slower than the integration timeout refuses with 504.", Sources.None, Grade.G, async t =>
        {
            var script = new Script(WaitMs: (int)(Waitable(t).TotalMilliseconds * 2));
            Check.Equal(504, (await t.HandshakeAsync(t.Fast, script)).Status);
        }),
        new("handshake.no-connect-route", "Without a $connect route every connection is accepted.", Sources.Connect, Grade.A,
            async t => Check.Equal(101, (await t.HandshakeAsync(t.Bare)).Status)),
        new("handshake.refused-no-disconnect", "A connection that $connect refused has no $disconnect.", Sources.Community, Grade.C, async t =>
        {
            var tag = Questioner.NewCase();
            await t.HandshakeAsync(script: Script.Status(403), tag: tag);
            var id = (await t.ConnectEventAsync(tag)).ConnectionId;
            await t.QuietAsync();
            Check.Equal(0, t.Seen("disconnect", id).Count);
        }),
        new("handshake.query", "The URL may have a query string.", Sources.Call, Grade.A,
            async t => Check.Equal(101, (await t.HandshakeAsync(query: "?a=b&c=%20d")).Status)),
        new("handshake.url-limit", "A URL of 4,096 characters is accepted.", Sources.Limits, Grade.A,
            async t => Check.Equal(101, (await t.HandshakeAsync(query: Query(t, 4096))).Status)),
        new("handshake.url-too-long", "A longer URL is refused.", Sources.Limits, Grade.A,
            async t => Refusal(await t.HandshakeAsync(query: Query(t, 4097)))),
        new("handshake.plain-get", "A plain GET is told to upgrade, by 426.", "serverless-offline, tests written against AWS", Grade.C,
            async t => Check.Equal(426, (await RequestAsync(t, $"GET {t.Target.Main.AbsolutePath} HTTP/1.1")).Status)),
        new("handshake.unknown-stage", "A handshake at an unknown stage is 403.", Sources.Community, Grade.C,
            async t => Check.Equal(403, (await UpgradeAsync(t, "/no-such-stage")).Status)),
        new("handshake.below-stage", "A handshake at a path below the stage is 403.", Sources.None, Grade.G,
            async t => Check.Equal(403, (await UpgradeAsync(t, t.Target.Main.AbsolutePath.TrimEnd('/') + "/below")).Status)),
        new("handshake.version", "A WebSocket version other than 13 is refused.", Sources.Rfc + ", 4.4", Grade.G,
            async t => Refusal(await RequestAsync(t, Get(t), "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 8", Key))),
        new("handshake.key-missing", "A handshake without a key is refused.", Sources.Rfc + ", 4.2.1", Grade.G,
            async t => Refusal(await RequestAsync(t, Get(t), "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"))),
        new("handshake.key-malformed", "A handshake with a key that is not 16 bytes in base64 is refused.", Sources.Rfc + ", 4.2.1", Grade.G,
            async t => Refusal(await RequestAsync(t, Get(t), "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short"))),
        new("handshake.subprotocol-returned", "A sub-protocol that $connect returns is in the 101.", Sources.Subprotocol, Grade.A, async t => Check.Equal("chat.v1", (await t.HandshakeAsync(
            script: new Script("""{"statusCode":200,"headers":{"Sec-WebSocket-Protocol":"chat.v1"}}"""), headers: "Sec-WebSocket-Protocol: chat.v1, other"))
            .Headers.GetValueOrDefault("Sec-WebSocket-Protocol"))),
        new("handshake.subprotocol-silent", "A sub-protocol that $connect does not return is not in the 101.", Sources.Subprotocol, Grade.A, async t =>
            Check.Equal(null, (await t.HandshakeAsync(headers: "Sec-WebSocket-Protocol: chat.v1")).Headers.GetValueOrDefault("Sec-WebSocket-Protocol"))),
        new("handshake.subprotocol-event", "The client's sub-protocols are in the headers of the $connect event.", Sources.Subprotocol, Grade.A, async t =>
        {
            var tag = Questioner.NewCase();
            await t.HandshakeAsync(tag: tag, headers: "Sec-WebSocket-Protocol: chat.v1, token.abc");
            Check.Equal("chat.v1, token.abc", Script.Header((await t.ConnectEventAsync(tag)).Event, "Sec-WebSocket-Protocol"));
        }),
        new("handshake.deflate", "permessage-deflate is agreed to when the client offers it.", "python-websockets/websockets#1065", Grade.B, async t =>
            Check.Matches("permessage-deflate", (await t.HandshakeAsync(headers: "Sec-WebSocket-Extensions: permessage-deflate")).Headers.GetValueOrDefault("Sec-WebSocket-Extensions"))),
        new("handshake.no-deflate", "No extension is agreed to that the client did not offer.", Sources.Rfc + ", 9.1", Grade.G, async t =>
            Check.Equal(null, (await t.HandshakeAsync()).Headers.GetValueOrDefault("Sec-WebSocket-Extensions"))),
        new("handshake.ids-differ", "Two connections have two ids.", Sources.Call, Grade.A, async t =>
            Check.True((await t.ConnectAsync()).Id != (await t.ConnectAsync()).Id, "both have the same id")),
        new("handshake.origin", "A web page of any origin may connect; the function sees its Origin.", Sources.Powertools, Grade.B, async t =>
        {
            var talk = await t.ConnectAsync(headers: "Origin: https://elsewhere.example");
            Check.Equal("https://elsewhere.example", Script.Header(talk.Connect.Event, "Origin"));
        }),
    ];

    public static void OnlyRaw(Questioner t)
    {
        if (!t.Target.AnswersAreRaw)
            throw new CannotBeAskedException("the runtime of a deployed function makes JSON of every answer");
    }

    /// <summary>The integration timeout of the fast API, if one can wait for it.</summary>
    public static TimeSpan Waitable(Questioner t)
    {
        _ = t.Fast;
        return t.Target.IntegrationTimeout < t.Target.Patience
            ? t.Target.IntegrationTimeout
            : throw new CannotBeAskedException("the target's integration timeout is too long to wait for");
    }

    private static Rule Refused(int status) => new(
        $"handshake.status-{status}", $"A $connect function that returns {status} refuses with {status}.", Sources.Subprotocol, Grade.A,
        async t => Check.Equal(status, (await t.HandshakeAsync(script: Script.Status(status))).Status));

    private static Rule Malformed(string id, string answer, Grade grade) => new(
        $"handshake.malformed-{id}", $"The answer {answer} of $connect is no proxy response and refuses with 502.", Sources.Community, grade,
        async t => Check.Equal(502, (await t.HandshakeAsync(script: new Script(answer))).Status));

    private static async Task PendingAsync(Questioner t)
    {
        var tag = Questioner.NewCase();
        var handshake = t.HandshakeAsync(script: new Script(WaitMs: 1000), tag: tag);
        await t.ConnectEventAsync(tag);
        Check.True(!handshake.IsCompleted, "the handshake was answered before $connect");
        Check.Equal(101, (await handshake).Status);
    }

    private static async Task PendingGoneAsync(Questioner t)
    {
        var tag = Questioner.NewCase();
        var handshake = t.HandshakeAsync(script: new Script(WaitMs: 1500), tag: tag);
        var id = (await t.ConnectEventAsync(tag)).ConnectionId!;
        Check.Equal(410, (int)(await t.PostAsync(id, "too early")).Status);
        await handshake;
    }

    private static string Query(Questioner t, int length) => "?q=" + new string('x', length - t.Target.Main.AbsolutePath.Length - 3);

    private static string Get(Questioner t) => $"GET {t.Target.Main.AbsolutePath} HTTP/1.1";

    private static void Refusal(Wire.HttpAnswer answer) => Check.True(answer.Status is >= 400 and < 500, $"it was answered {answer.Status}");

    private static async Task<Wire.HttpAnswer> RequestAsync(Questioner t, string line, params string[] headers) =>
        await (await t.OpenAsync()).RequestAsync([line, $"Host: {t.Target.Main.Authority}", .. headers]);

    private static async Task<Wire.HttpAnswer> UpgradeAsync(Questioner t, string path) =>
        await (await t.OpenAsync()).UpgradeAsync(t.Target.Main.Authority, path, []);
}
