using System.Text.Json;
using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Functions;

namespace ChatEvents.Conformance.Rules;

/// <summary>A REQUEST authorizer in front of $connect.</summary>
internal static class AuthorizerRules
{
    public static IEnumerable<Rule> All =>
    [
        Decides("allow", "A policy that allows the method's ARN accepts.", 101, new Script(), Grade.A),
        Decides("allow-all", "A policy that allows * accepts.", 101, new Script(Script.Policy("Allow", "*")), Grade.A),
        Decides("deny", "A policy that denies is 403.", 403, new Script(Script.Policy("Deny", "*")), Grade.A),
        Decides("other-resource", "A policy for .../{stage}/*/* does not match .../{stage}/$connect and is 403.", 403,
            new Script(Script.Policy("Allow", "arn:aws:execute-api:*:*:*/*/*/*")), Grade.B, "powertools-lambda-python#5800"),
        Decides("deny-wins", "A Deny wins over an Allow.", 403, new Script(
            """{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"*"},{"Action":"execute-api:Invoke","Effect":"Deny","Resource":"*"}]}}"""),
            Grade.A, "IAM-UG/reference_policies_evaluation-logic"),
        Decides("other-action", "A policy that allows another action is 403.", 403, new Script(
            """{"principalId":"u","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:ManageConnections","Effect":"Allow","Resource":"*"}]}}"""),
            Grade.A),
        Decides("unauthorized", "An authorizer that fails with the text Unauthorized is 401.", 401, new Script(Throw: "Unauthorized"), Grade.A),
        Decides("crash", "An authorizer that fails otherwise is 500.", 500, new Script(Throw: "boom"), Grade.B, "serverless/examples#557"),
        Decides("proxy-answer", "An authorizer that answers a statusCode is 500.", 500, new Script("""{"statusCode":401}"""), Grade.B, "serverless/examples#557"),
        Decides("no-policy", "An authorizer's answer without a policy is 500.", 500, new Script("""{"principalId":"u"}"""), Grade.B, "serverless/examples#557"),
        Decides("context-object", "A context with an object in it is 500.", 500, new Script(Script.Policy("Allow", "*", """{"nested":{"a":1}}""")), Grade.A),
        Decides("too-long", "An answer above 8 KB is refused with 500.", 500, new Script(Script.Policy("Allow", "*", $$"""{"big":"{{new string('x', 8200)}}"}""")), Grade.G, Sources.Limits),
        new("authorizer.identity-missing", "A handshake without the identity source is 401.", Sources.Authorizer, Grade.A,
            async t => Check.Equal(401, (await t.HandshakeAsync(t.Authorized)).Status)),
        new("authorizer.identity-empty", "A handshake with an empty identity source is 401.", Sources.Authorizer, Grade.G,
            async t => Check.Equal(401, (await t.HandshakeAsync(t.Authorized, query: "?auth=")).Status)),
        new("authorizer.not-asked", "The authorizer is not asked if the identity source is missing.", Sources.Authorizer, Grade.A, async t =>
        {
            var tag = Questioner.NewCase();
            await t.HandshakeAsync(t.Authorized, tag: tag);
            await t.QuietAsync();
            Check.True(!t.SeenCase("authorize", tag), "it was asked");
        }),
        new("authorizer.first", "$connect is not invoked if the authorizer denies.", Sources.Authorizer, Grade.A, async t =>
        {
            var tag = Questioner.NewCase();
            await t.HandshakeAsync(t.Authorized, query: "?auth=token", tag: tag, headers: $"X-Authorize: {new Script(Script.Policy("Deny", "*")).ToJson()}");
            await t.QuietAsync();
            Check.True(!t.SeenCase("connect", tag), "it was invoked");
        }),
        new("authorizer.once", "The authorizer is asked once per connection, not for messages.", Sources.Authorizer, Grade.A,
            async t => Check.Equal(1, t.Seen("authorize", (await t.Captures.AuthorizedAsync()).Id).Count)),
        Context("principal", "The principalId is in the event of $connect.", c => c.Connect, "principalId", "user-17"),
        Context("context", "The authorizer's context is in the event of $connect.", c => c.Connect, "tenant", "acme"),
        Context("context-boolean", "A boolean of the context arrives as text.", c => c.Connect, "admin", "true"),
        Context("context-number", "A number of the context arrives as text.", c => c.Connect, "level", "42"),
        Context("on-message", "The context is in the event of each message.", c => c.Message, "tenant", "acme"),
        Context("on-disconnect", "The context is in the event of $disconnect.", c => c.Disconnect, "tenant", "acme"),
        new("authorizer.latency", "The authorizer's integrationLatency is there, as a number.", Sources.Authorizer, Grade.A, async t =>
            Check.Number(Check.Present((await t.Captures.AuthorizedAsync()).Connect.Context, "authorizer", JsonValueKind.Object), "integrationLatency")),
        Event("type", "has the type REQUEST.", e => Check.Equal("REQUEST", Check.Text(e, "type"))),
        Event("method-arn", "has the methodArn of $connect.", e => Check.Matches(@"^arn:aws[a-z-]*:execute-api:[a-z0-9-]+:\d{12}:[a-z0-9]{10}/[^/]+/\$connect$", Check.Text(e, "methodArn"))),
        Event("connection-header", "has the header Connection: upgrade.", e => Check.Equal("upgrade", Script.Header(e, "Connection")?.ToLowerInvariant())),
        Event("upgrade-header", "has the header Upgrade: websocket.", e => Check.Equal("websocket", Script.Header(e, "Upgrade")?.ToLowerInvariant())),
        Event("content-length", "has the header content-length: 0.", e => Check.Equal("0", Script.Header(e, "content-length"))),
        Event("query", "has the query parameters.", e => Check.Equal("token", Check.Text(Check.Present(e, "queryStringParameters", JsonValueKind.Object), "auth"))),
        Event("query-multi", "has the query parameters as lists.", e =>
            Check.Present(Check.Present(e, "multiValueQueryStringParameters", JsonValueKind.Object), "auth", JsonValueKind.Array)),
        Event("stage-variables", "has stageVariables, empty if there are none.", e => Check.Present(e, "stageVariables", JsonValueKind.Object)),
        Event("event-type", "has the eventType CONNECT.", e => Check.Equal("CONNECT", Check.Text(e.GetProperty("requestContext"), "eventType"))),
        Event("route-key", "has the routeKey $connect.", e => Check.Equal("$connect", Check.Text(e.GetProperty("requestContext"), "routeKey"))),
    ];

    private static Rule Decides(string id, string sentence, int status, Script script, Grade grade, string source = Sources.Authorizer) => new(
        $"authorizer.{id}", sentence, source, grade, async t =>
            Check.Equal(status, (await t.HandshakeAsync(t.Authorized, query: "?auth=token", headers: $"X-Authorize: {script.ToJson()}")).Status));

    private static Rule Context(string id, string sentence, Func<Captured, SeenEvent> of, string member, string value) => new(
        $"authorizer.{id}", sentence, Sources.Authorizer, Grade.A, async t =>
            Check.Equal(value, Check.Text(Check.Present(of(await t.Captures.AuthorizedAsync()).Context, "authorizer", JsonValueKind.Object), member)));

    private static Rule Event(string id, string what, Action<JsonElement> check) => new(
        $"authorizer.event-{id}", $"The authorizer's event {what}", Sources.Authorizer, Grade.A, async t => check((await t.Captures.AuthorizedAsync()).AuthorizeEvent.Event));
}
