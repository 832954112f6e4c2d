using System.Text.Json;
using ChatEvents.Conformance.Functions;

namespace ChatEvents.Conformance.Rules;

/// <summary>The event of $connect, key by key.</summary>
internal static class ConnectEventRules
{
    public static IEnumerable<Rule> All =>
    [
        Key("headers", "has the client's headers.", e => Check.Present(e, "headers", JsonValueKind.Object)),
        Key("multi-value-headers", "has each header as a list.", e =>
            Check.Equal(JsonValueKind.Array, Check.Present(Check.Present(e, "multiValueHeaders", JsonValueKind.Object), "Host", JsonValueKind.Array).ValueKind)),
        Key("header-spelling", "keeps the client's spelling of header names.", e => Check.Equal("Value", Check.Text(e.GetProperty("headers"), "X-MiXeD"))),
        Key("header-twice-single", "has the last value of a header that comes twice.", e => Check.Equal("second", Script.Header(e, "X-Twice"))),
        Key("header-twice-multi", "has all values of a header that comes twice in multiValueHeaders.", e =>
            Check.Equal("first,second", string.Join(',', Check.Present(e, "multiValueHeaders", JsonValueKind.Object).GetProperty("X-Twice").EnumerateArray()))),
        Key("host", "has the Host header.", e => Check.True(Script.Header(e, "Host") is not null, "Host is absent")),
        Key("websocket-key", "has the Sec-WebSocket-Key.", e => Check.Equal("dGhlIHNhbXBsZSBub25jZQ==", Script.Header(e, "Sec-WebSocket-Key"))),
        Key("websocket-version", "has the Sec-WebSocket-Version.", e => Check.Equal("13", Script.Header(e, "Sec-WebSocket-Version"))),
        Key("no-connection-header", "has no Connection header.", e => Check.Equal(null, Script.Header(e, "Connection"))),
        Key("no-upgrade-header", "has no Upgrade header.", e => Check.Equal(null, Script.Header(e, "Upgrade"))),
        Key("forwarded-for", "has the client's address in X-Forwarded-For.", e => Check.Matches(@"[0-9a-f.:]+$", Script.Header(e, "X-Forwarded-For"))),
        Key("forwarded-port", "has X-Forwarded-Port.", e => Check.Matches("^[0-9]+$", Script.Header(e, "X-Forwarded-Port"))),
        Key("forwarded-proto", "has X-Forwarded-Proto.", e => Check.Matches("^https?$", Script.Header(e, "X-Forwarded-Proto"))),
        Key("trace", "has an X-Amzn-Trace-Id.", e => Check.Matches("^Root=1-[0-9a-f]{8}-[0-9a-f]{24}", Script.Header(e, "X-Amzn-Trace-Id"))),
        Key("query-single", "has the last value of each query parameter.", e => Check.Equal("blue", Check.Text(Check.Present(e, "queryStringParameters", JsonValueKind.Object), "room"))),
        Key("query-multi", "has all values of each query parameter.", e =>
            Check.Equal("red,blue", string.Join(',', Check.Present(Check.Present(e, "multiValueQueryStringParameters", JsonValueKind.Object), "room", JsonValueKind.Array).EnumerateArray()))),
        Key("query-case", "tells query parameters apart by case.", e => Check.Equal("Case", Check.Text(Check.Present(e, "queryStringParameters", JsonValueKind.Object), "Room"))),
        Key("query-decoded", "has query parameters decoded.", e => Check.Equal("& x", Check.Text(Check.Present(e, "queryStringParameters", JsonValueKind.Object), "sign"))),
        new("connect.query-absent", "The $connect event has no query parameters if the URL has none.", Sources.Powertools, Grade.B, async t =>
            Check.Absent((await t.ConnectAsync()).Connect.Event, "queryStringParameters", "multiValueQueryStringParameters")),
        Key("stage-variables", "has the variables of the stage.", e => Check.Equal("blue", Check.Text(Check.Present(e, "stageVariables", JsonValueKind.Object), "color"))),
        new("connect.stage-variables-absent", "The $connect event has no stageVariables if the stage has none.", Sources.Powertools, Grade.B,
            async t => Check.Absent((await t.Captures.AuthorizedAsync()).Connect.Event, "stageVariables")),
        Key("not-base64", "is not base64.", e => Check.Present(e, "isBase64Encoded", JsonValueKind.False)),
        Key("no-body", "has no body.", e => Check.Absent(e, "body")),
        Key("no-rest-members", "has nothing of REST events: no httpMethod, path, resource or pathParameters.", e => Check.Absent(e, "httpMethod", "path", "resource", "pathParameters")),
        Context("route-key", "has the routeKey $connect.", c => Check.Equal("$connect", Check.Text(c, "routeKey"))),
        Context("event-type", "has the eventType CONNECT.", c => Check.Equal("CONNECT", Check.Text(c, "eventType"))),
        Context("direction", "has the messageDirection IN.", c => Check.Equal("IN", Check.Text(c, "messageDirection"))),
        new("connect.stage", "The $connect event has the stage of the URL.", Sources.Powertools, Grade.B, async t =>
        {
            var stage = t.Target.Main.AbsolutePath.Trim('/').Split('/')[^1];
            if (stage.Length == 0)
                throw new CannotBeAskedException("the target's URLs have no stage");
            Check.Equal(stage, Check.Text((await t.Captures.MainAsync()).Connect.Context, "stage"));
        }),
        Context("request-id", "has a requestId of 16 characters, the last of them =.", c => Check.Matches("^[A-Za-z0-9_-]{15}=$", Check.Text(c, "requestId"))),
        Context("extended-request-id", "has an extendedRequestId that equals the requestId.", c => Check.Equal(Check.Text(c, "requestId"), Check.Text(c, "extendedRequestId"))),
        Context("connection-id", "has a connectionId of 16 characters, the last of them =.", c => Check.Matches("^[A-Za-z0-9_-]{15}=$", Check.Text(c, "connectionId"))),
        Context("request-time", "has a requestTime in the format of access logs.", c => Check.Matches(@"^\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d \+0000$", Check.Text(c, "requestTime"))),
        Context("request-time-epoch", "has a requestTimeEpoch in milliseconds.", c => Milliseconds(c, "requestTimeEpoch")),
        Context("connected-at", "has a connectedAt in milliseconds.", c => Milliseconds(c, "connectedAt")),
        Context("connected-before", "has a connectedAt that is not after requestTimeEpoch.", c =>
            Check.True(Check.Number(c, "connectedAt") <= Check.Number(c, "requestTimeEpoch"), "it is after")),
        Context("source-ip", "has the client's address.", c => Check.Matches(@"^[0-9a-f.:]+$", Check.Text(Check.Present(c, "identity", JsonValueKind.Object), "sourceIp"))),
        Context("user-agent", "has the client's User-Agent.", c => Check.Matches("^conformance/1.* main$", Check.Text(Check.Present(c, "identity", JsonValueKind.Object), "userAgent"))),
        new("connect.user-agent-absent", "The $connect event has no userAgent if the client sent none.", Sources.Powertools, Grade.B, async t =>
        {
            if (t.Target.Observer is not null)
                throw new CannotBeAskedException("the functions know where to report from the User-Agent");
            Check.Absent(Check.Present((await t.ConnectAsync(headers: "User-Agent:")).Connect.Context, "identity", JsonValueKind.Object), "userAgent");
        }),
        Context("domain-name", "has a domainName.", c => Check.True(Check.Text(c, "domainName").Length > 0, "it is empty")),
        Context("api-id", "has an apiId of ten lower-case letters and digits.", c => Check.Matches("^[a-z0-9]{10}$", Check.Text(c, "apiId"))),
        Context("no-authorizer", "has no authorizer where the API has none.", c => Check.Absent(c, "authorizer")),
        Context("no-message-id", "has no messageId.", c => Check.Absent(c, "messageId")),
        Context("no-disconnect-members", "has no members of $disconnect.", c => Check.Absent(c, "disconnectStatusCode", "disconnectReason")),
        Context("no-nulls", "has no members that are null, as in captures of today.", c =>
        {
            foreach (var member in c.EnumerateObject())
                Check.True(member.Value.ValueKind != JsonValueKind.Null, $"{member.Name} is null");
        }),
    ];

    public static void Milliseconds(JsonElement context, string member) =>
        Check.True(Check.Number(context, member) is > 1_500_000_000_000 and < 5_000_000_000_000, $"{member} is {Check.Number(context, member)}");

    private static Rule Key(string id, string what, Action<JsonElement> check) => new(
        $"connect.{id}", $"The $connect event {what}", Sources.Powertools, Grade.B, async t => check((await t.Captures.MainAsync()).Connect.Event));

    private static Rule Context(string id, string what, Action<JsonElement> check) => new(
        $"connect.{id}", $"The $connect event {what}", Sources.Powertools, Grade.B, async t => check((await t.Captures.MainAsync()).Connect.Context));
}
