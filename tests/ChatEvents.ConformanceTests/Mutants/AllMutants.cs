using System.Net;
using System.Text.Json.Nodes;
using ChatEvents.Conformance.Wire;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.ConformanceTests.Mutants;

/// <summary>The wrong gateways. Most of them behave as some emulator does, or as one that was written from the documentation in haste.</summary>
internal static class AllMutants
{
    public static IReadOnlyList<Mutant> Listed { get; } =
    [
        .. Limits(), .. Answers(), .. Routes(), .. Events(), .. Handshakes(), .. Frames(), .. Management(),
    ];

    private static IEnumerable<Mutant> Limits() =>
    [
        Options("takes frames of 64 KB", options => options.Limits.FrameBytes = 64 * 1024, "frame.above-32k", "frame.above-32k-reported"),
        Options("takes messages of 256 KB", options => options.Limits.MessageBytes = 256 * 1024, "frame.above-128k", "post.above-128k", "post.above-128k-type"),
        Options("buffers without end for slow readers", options => options.Limits.SendBufferBytes = 512 * 1024 * 1024, "post.slow-reader"),
        Options("keeps idle connections for three times as long", options => options.Limits.IdleTimeout *= 3, "lifetime.idle", "lifetime.idle-reported"),
        Options("ends idle connections at half the time", options => options.Limits.IdleTimeout /= 2, "lifetime.not-earlier"),
        Options("keeps connections for ever", options => options.Limits.ConnectionDuration *= 10, "lifetime.life"),
        Options("ends connections at a third of their life", options => options.Limits.ConnectionDuration /= 3, "lifetime.life-not-earlier", "lifetime.message-counts", "lifetime.post-counts"),
        Options("waits longer for integrations", options => options.Limits.IntegrationTimeout = TimeSpan.FromSeconds(10), "handshake.timeout", "response.timeout"),
        Options("has no quotas", options => options.Throttle = new ThrottleOptions { RequestsPerSecond = 0, ConnectsPerSecond = 0 },
            "quota.connect", "quota.message", "quota.message-open", "quota.post"),
        Options("handles the messages of a connection one by one", options => options.Limits.MessagesInFlightPerConnection = 1, "order.overlap"),
    ];

    private static IEnumerable<Mutant> Answers() =>
    [
        Options("accepts unknown members of an answer", options => options.Answers.Strict = false, "response.unknown-member"),
        Options("takes null for an answer", options => options.Answers.AllowNull = true, "handshake.malformed-null", "response.malformed-null"),
        Options("decodes base64 bodies", options => options.Answers.DecodeBase64 = true, "response.base64"),
        Answer("takes an empty answer without a status for 200", (_, text) => text == "{}" ? """{"statusCode":200}""" : text, "handshake.malformed-no-status"),
        Answer("takes 500 of $connect for 502", (function, text) => function == "connect" ? text.Replace("""{"statusCode":500}""", """{"statusCode":502}""", StringComparison.Ordinal) : text, "handshake.status-500"),
        Answer("does not know Unauthorized", (function, text) => function == "authorize" ? text.Replace("\"Unauthorized\"", "\"no\"", StringComparison.Ordinal) : text, "authorizer.unauthorized"),
        Answer("lets */* match $connect", (_, text) => text.Replace("arn:aws:execute-api:*:*:*/*/*/*", "*", StringComparison.Ordinal), "authorizer.other-resource"),
        Answer("takes any action of a policy for Invoke", (_, text) => text.Replace("execute-api:ManageConnections", "execute-api:Invoke", StringComparison.Ordinal), "authorizer.other-action"),
    ];

    private static IEnumerable<Mutant> Routes() =>
    [
        Options("sends answers of one-way routes", options => Api(options, OurGateways.Main, api => api.Routes["one"].RouteResponse = true),
            "response.one-way"),
        Options("sends answers of $default", options => Api(options, OurGateways.Main, api => api.Routes["$default"].RouteResponse = true), "response.default-one-way"),
        Options("lets a missing $default fall to a route", options => Api(options, OurGateways.Bare, api => api.Routes["$default"] = new RouteOptions { Mock = "" }),
            "route.forbidden", "route.forbidden-shape", "route.forbidden-open"),
        Options("asks the authorizer without its identity source", options => Api(options, OurGateways.Authorized, api => api.Authorizer!.IdentitySources.Clear()),
            "authorizer.identity-missing", "authorizer.identity-empty", "authorizer.not-asked"),
        FromClient("does not tell route keys apart by case", frame => frame.Text == """{"action":"One"}""" ? frame.WithText("""{"action":"one"}""") : frame, "route.case"),
        FromClient("does not select by numbers", frame => frame.Text == """{"action":5}""" ? frame.WithText("""{"action":null}""") : frame, "route.number"),
    ];

    private static IEnumerable<Mutant> Events() =>
    [
        Event("writes header names in lower case", (function, e) =>
        {
            if (function == "connect")
                e["headers"] = new JsonObject(e["headers"]!.AsObject().Select(header => KeyValuePair.Create(header.Key.ToLowerInvariant(), header.Value?.DeepClone())));
        }, "connect.header-spelling"),
        Event("shows the headers of the upgrade to $connect", (function, e) =>
        {
            if (function == "connect")
                e["headers"]!["Upgrade"] = "websocket";
        }, "connect.no-upgrade-header"),
        Event("has the first value of a query parameter", (function, e) =>
        {
            if (e["queryStringParameters"] is JsonObject query && query["room"] is not null)
                query["room"] = "red";
        }, "connect.query-single"),
        Event("has empty stage variables", (function, e) =>
        {
            if (function == "connect")
                e["stageVariables"] ??= new JsonObject();
        }, "connect.stage-variables-absent"),
        Event("has null for what is unknown", (function, e) =>
        {
            if (function == "connect")
                Context(e)["messageId"] = null;
        }, "connect.no-message-id", "connect.no-nulls"),
        Event("has a UUID for the extendedRequestId", (function, e) =>
        {
            if (function == "message")
                Context(e)["extendedRequestId"] = Guid.NewGuid().ToString();
        }, "message.extended-request-id"),
        Event("has times in seconds", (_, e) => Context(e)["connectedAt"] = Context(e)["connectedAt"]!.GetValue<long>() / 1000, "connect.connected-at", "get.connected-at-same"),
        Event("forgets the User-Agent after $connect", (function, e) =>
        {
            if (function is "message" or "disconnect")
                Context(e)["identity"]!.AsObject().Remove("userAgent");
        }, "message.user-agent"),
        Event("gives headers to messages", (function, e) =>
        {
            if (function == "message")
                e["headers"] = new JsonObject();
        }, "message.no-headers"),
        Event("gives an empty body to an empty message", (function, e) =>
        {
            if (function == "message")
                e["body"] ??= "";
        }, "message.empty"),
        Event("forgets the authorizer's context after $connect", (function, e) =>
        {
            if (function == "message")
                Context(e).Remove("authorizer");
        }, "authorizer.on-message"),
        Event("leaves booleans of the context as they are", (_, e) =>
        {
            if (Context(e)["authorizer"] is JsonObject authorizer && authorizer["admin"] is not null)
                authorizer["admin"] = true;
        }, "authorizer.context-boolean"),
        Event("reports no reason where the client gave none", (function, e) =>
        {
            if (function == "disconnect" && Context(e)["disconnectStatusCode"]!.GetValue<int>() == 1005)
                Context(e)["disconnectReason"] = "";
        }, "disconnect.no-status"),
        Event("reports DELETE as a drop", (function, e) =>
        {
            if (function == "disconnect" && Context(e)["disconnectReason"]!.GetValue<string>() == "Connection Closed Normally")
                Context(e)["disconnectStatusCode"] = 1006;
        }, "delete.reported"),
    ];

    private static IEnumerable<Mutant> Handshakes() =>
    [
        Handshake("refuses a $connect that throws with 500", (_, answer) => answer.Status = answer.Status == 502 ? 500 : answer.Status,
            "handshake.throws", "handshake.malformed-null", "handshake.malformed-text", "handshake.malformed-number", "handshake.malformed-list",
            "handshake.malformed-no-status", "handshake.malformed-body-object", "handshake.not-json"),
        Handshake("agrees to any sub-protocol", (request, answer) =>
        {
            if (answer.Status == 101 && request.Headers.TryGetValue("Sec-WebSocket-Protocol", out var offered))
                answer.Headers.TryAdd("Sec-WebSocket-Protocol", offered.Split(',')[0]);
        }, "handshake.subprotocol-silent"),
        Handshake("agrees to no sub-protocol", (_, answer) => answer.Headers.Remove("Sec-WebSocket-Protocol"), "handshake.subprotocol-returned"),
        Handshake("agrees to no compression", (_, answer) => answer.Headers.Remove("Sec-WebSocket-Extensions"), "handshake.deflate"),
        Handshake("answers a plain GET with 400", (request, answer) => answer.Status = request.IsUpgrade ? answer.Status : 400, "handshake.plain-get"),
    ];

    private static IEnumerable<Mutant> Frames() =>
    [
        FromGateway("does not answer pings", frame => frame.Opcode == RawClient.Pong ? null : frame, "frame.ping"),
        FromGateway("closes with 1002 for what is too big", frame => frame is { Opcode: RawClient.Close, Payload: [0x03, 0xF1, ..] } ? frame with { Payload = [0x03, 0xEA] } : frame,
            "frame.above-32k", "frame.above-128k"),
        FromGateway("says that the function failed in words of its own", frame => frame.Text.Contains("Internal server error", StringComparison.Ordinal)
            ? frame.WithText(frame.Text.Replace(", \"requestId\":\"", ", \"request\":\"", StringComparison.Ordinal))
            : frame, "response.throws-shape"),
        FromGateway("is silent when no route fits", frame => frame.Text.Contains("Forbidden", StringComparison.Ordinal) ? null : frame,
            "route.forbidden", "route.forbidden-shape", "route.forbidden-open"),
        FromClient("takes binary frames for messages", frame => frame.Opcode == RawClient.Binary ? frame.WithOpcode(RawClient.Text) : frame,
            "frame.binary", "frame.binary-reported", "frame.binary-not-invoked"),
    ];

    private static IEnumerable<Mutant> Management() =>
    [
        Manages("has a body in a 410", (_, _, answer) => answer.Body = answer.Status == HttpStatusCode.Gone ? """{"message":"Gone"}""" : answer.Body, "gone.body"),
        Manages("has no error types", (_, _, answer) => answer.Headers.Remove("x-amzn-ErrorType"),
            "gone.type", "invalid.type", "forbidden.type", "post.above-128k-type", "post.slow-reader", "quota.post"),
        Manages("answers DELETE with 200", (method, _, answer) => answer.Status = method == HttpMethod.Delete && answer.Status == HttpStatusCode.NoContent ? HttpStatusCode.OK : answer.Status, "delete.status"),
        Manages("has no trace ids", (_, _, answer) => answer.Headers.Remove("x-amzn-trace-id"), "post.trace-id", "gone.trace-id"),
        Manages("takes any id for one that may have existed", (_, _, answer) =>
        {
            if (answer.Status != HttpStatusCode.BadRequest)
                return;
            answer.Status = HttpStatusCode.Gone;
            answer.Headers["x-amzn-ErrorType"] = "GoneException";
            answer.Body = "";
        }, "invalid.status", "invalid.body", "invalid.type"),
        Manages("answers a wrong stage with 404", (_, _, answer) => answer.Status = answer.Status == HttpStatusCode.Forbidden ? HttpStatusCode.NotFound : answer.Status, "forbidden.stage", "forbidden.no-stage"),
        Manages("knows no GET", (method, _, answer) =>
        {
            if (method != HttpMethod.Get)
                return;
            answer.Status = HttpStatusCode.UpgradeRequired;
            answer.Body = "";
        }, "gone.get", "get.status", "get.source-ip", "get.user-agent", "get.connected-at", "get.connected-at-same", "get.last-active-at", "get.last-active-later"),
    ];

    private static Mutant Options(string name, Action<GatewayOptions> change, params string[] caughtBy) => new(name, caughtBy) { Options = change };

    private static Mutant Answer(string name, Func<string, string, string> change, params string[] caughtBy) =>
        new(name, caughtBy) { Mutation = new Mutation { Answer = change } };

    private static Mutant Event(string name, Action<string, JsonObject> change, params string[] caughtBy) =>
        new(name, caughtBy) { Mutation = new Mutation { Event = change } };

    private static Mutant Handshake(string name, Action<HandshakeRequestSeen, HandshakeAnswer> change, params string[] caughtBy) =>
        new(name, caughtBy) { Mutation = new Mutation { Handshake = change } };

    private static Mutant FromClient(string name, Func<ProxyFrame, ProxyFrame?> change, params string[] caughtBy) =>
        new(name, caughtBy) { Mutation = new Mutation { FromClient = change } };

    private static Mutant FromGateway(string name, Func<ProxyFrame, ProxyFrame?> change, params string[] caughtBy) =>
        new(name, caughtBy) { Mutation = new Mutation { FromGateway = change } };

    private static Mutant Manages(string name, Action<HttpMethod, string, ManagementAnswer> change, params string[] caughtBy) =>
        new(name, caughtBy) { Mutation = new Mutation { Management = change } };

    /// <summary>Only the gateway that has this API.</summary>
    private static void Api(GatewayOptions options, string stage, Action<ApiOptions> change)
    {
        if (options.Apis.FirstOrDefault(api => api.Stage == stage) is { } api)
            change(api);
    }

    private static JsonObject Context(JsonObject e) => e["requestContext"]!.AsObject();
}
