using System.Globalization;
using System.Text.Json;
using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Rules;

/// <summary>POST, GET and DELETE on @connections.</summary>
internal static class ManagementRules
{
    private const int MessageLimit = 128 * 1024;
    private const string Unknown = "Qv7kLd3mIAMCJw8=";

    public static IEnumerable<Rule> All =>
    [
        Post("status", "A post is answered 200.", Sources.Connections, Grade.A, reply => Check.Equal(200, (int)reply.Status)),
        Post("body", "The answer to a post has no body.", Sources.Bref, Grade.B, reply => Check.Equal("", reply.Body)),
        Post("content-type", "The answer to a post is application/json.", Sources.Bref, Grade.B, reply => Check.Matches("^application/json", reply.Header("Content-Type"))),
        Post("request-id", "The answer to a post has an x-amzn-RequestId, a UUID.", Sources.Bref, Grade.B, reply =>
            Check.True(Guid.TryParse(reply.Header("x-amzn-RequestId"), out _), $"saw {Check.Show(reply.Header("x-amzn-RequestId"))}")),
        Post("apigw-id", "The answer to a post has an x-amz-apigw-id.", Sources.Bref, Grade.B, reply => Check.Matches("^[A-Za-z0-9_-]{15}=$", reply.Header("x-amz-apigw-id"))),
        Post("trace-id", "The answer to a post has an x-amzn-trace-id.", Sources.Bref, Grade.B, reply => Check.Matches("Root=1-", reply.Header("x-amzn-trace-id"))),
        new("post.delivered", "The client receives what was posted.", Sources.Connections, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.PostAsync("Grüße, 世界 🌍");
            Check.Equal("Grüße, 世界 🌍", await talk.TextAsync());
        }),
        new("post.text-frame", "A post arrives as a text frame, whatever its Content-Type is.", Sources.Community, Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await t.ManageAsync(HttpMethod.Post, talk.Id, "x"u8.ToArray(), contentType: "application/octet-stream");
            Check.Equal(RawClient.Text, (await talk.FrameAsync()).Opcode);
        }),
        new("post.empty", "An empty post is answered 200, and the client receives an empty message.", "aws-sdk-java-v2#2256", Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            Check.Equal(200, (int)(await talk.PostAsync("")).Status);
            Check.Equal("", await talk.TextAsync());
        }),
        new("post.128k", "A post of 128 KB arrives whole.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            Check.Equal(200, (int)(await talk.PostAsync(new string('x', MessageLimit))).Status);
            Check.Equal(MessageLimit, (await talk.TextAsync()).Length);
        }),
        new("post.above-128k", "A post of 128 KB and one byte is 413.", Sources.Model, Grade.A, async t =>
            Check.Equal(413, (int)(await (await t.ConnectAsync()).PostAsync(new string('x', MessageLimit + 1))).Status)),
        new("post.above-128k-type", "A 413 has the error type PayloadTooLargeException.", Sources.Model, Grade.A, async t =>
            Check.Matches("^PayloadTooLargeException", (await (await t.ConnectAsync()).PostAsync(new string('x', MessageLimit + 1))).Header("x-amzn-ErrorType"))),
        Encoded("raw", "The path may have @ and = as they are.", "@connections", "="),
        Encoded("encoded", "The path may have @ and = encoded, as SDKs write them.", "%40connections", "%3D"),
        new("post.slow-reader", "Posts to a client that does not read are 429 with LimitExceededException once its buffer is full.", Sources.Model, Grade.A, SlowReaderAsync),
        Gone("post", HttpMethod.Post), Gone("get", HttpMethod.Get), Gone("delete", HttpMethod.Delete),
        new("gone.body", "A 410 has no body.", Sources.Bref, Grade.B, async t => Check.Equal("", (await t.PostAsync(Unknown, "x")).Body)),
        new("gone.type", "A 410 has the error type GoneException.", Sources.Model, Grade.A, async t => Check.Matches("^GoneException", (await t.PostAsync(Unknown, "x")).Header("x-amzn-ErrorType"))),
        new("gone.content-type", "A 410 is application/json.", Sources.Bref, Grade.B, async t => Check.Matches("^application/json", (await t.PostAsync(Unknown, "x")).Header("Content-Type"))),
        new("gone.trace-id", "A 410 has an x-amzn-trace-id.", Sources.Bref, Grade.B, async t => Check.Matches("Root=1-", (await t.PostAsync(Unknown, "x")).Header("x-amzn-trace-id"))),
        new("invalid.status", "An id in no valid form is 400.", Sources.Bref, Grade.B, async t => Check.Equal(400, (int)(await t.PostAsync("abc", "x")).Status)),
        new("invalid.body", "The 400 for such an id says Invalid connectionId.", Sources.Bref, Grade.B, async t => Check.Equal("""{"message":"Invalid connectionId: abc"}""", (await t.PostAsync("abc", "x")).Body)),
        new("invalid.type", "The 400 for such an id has the error type BadRequestException.", Sources.Bref, Grade.B, async t => Check.Matches("^BadRequestException", (await t.PostAsync("abc", "x")).Header("x-amzn-ErrorType"))),
        Forbidden("stage", "A wrong stage is 403.", $"/no-such-stage/@connections/{Unknown}"),
        Forbidden("no-stage", "A path without a stage is 403.", $"/@connections/{Unknown}"),
        new("forbidden.body", "A 403 says Forbidden.", "aws-sdk-php#1955, aws-sdk-net#1860", Grade.B, async t =>
            Check.Equal("""{"message":"Forbidden"}""", (await WrongAsync(t, $"/no-such-stage/@connections/{Unknown}")).Body)),
        new("forbidden.type", "A 403 has the error type ForbiddenException.", Sources.None, Grade.G, async t =>
            Check.Matches("^ForbiddenException", (await WrongAsync(t, $"/no-such-stage/@connections/{Unknown}")).Header("x-amzn-ErrorType"))),
        Get("status", "GET is answered 200.", Sources.Connections, Grade.A, (reply, _) => Check.Equal(200, (int)reply.Status)),
        Get("source-ip", "GET tells the client's address.", Sources.Bref, Grade.B, (reply, _) =>
            Check.Matches("^[0-9a-f.:]+$", Check.Text(Check.Present(reply.Json, "identity", JsonValueKind.Object), "sourceIp"))),
        Get("user-agent", "GET tells the client's User-Agent.", Sources.Bref, Grade.B, (reply, _) =>
            Check.Matches("^conformance/1", Check.Text(Check.Present(reply.Json, "identity", JsonValueKind.Object), "userAgent"))),
        Get("connected-at", "GET tells when the client connected, in ISO 8601 with milliseconds.", Sources.Bref, Grade.B, (reply, _) =>
            Check.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", Check.Text(reply.Json, "connectedAt"))),
        Get("connected-at-same", "The connectedAt of GET is that of the events.", Sources.Bref, Grade.B, (reply, talk) =>
            Check.Equal(Check.Number(talk.Connect.Context, "connectedAt"), Time(reply, "connectedAt").ToUnixTimeMilliseconds())),
        Get("last-active-at", "GET tells when the connection was last active.", Sources.Model, Grade.A, (reply, _) => Time(reply, "lastActiveAt")),
        new("get.last-active-later", "A message makes lastActiveAt later.", Sources.Community, Grade.C, async t =>
        {
            var talk = await t.ConnectAsync();
            var before = Time(await t.ManageAsync(HttpMethod.Get, talk.Id), "lastActiveAt");
            await t.WaitAsync(TimeSpan.FromMilliseconds(50));
            await talk.EventOfAsync("x");
            Check.True(Time(await t.ManageAsync(HttpMethod.Get, talk.Id), "lastActiveAt") > before, "it did not");
        }),
        new("delete.status", "DELETE is answered 204.", Sources.Connections, Grade.A, async t =>
            Check.Equal(204, (int)(await t.ManageAsync(HttpMethod.Delete, (await t.ConnectAsync()).Id)).Status)),
        new("delete.no-content-type", "The answer to DELETE has no Content-Type.", Sources.Bref, Grade.B, async t =>
            Check.Equal(null, (await t.ManageAsync(HttpMethod.Delete, (await t.ConnectAsync()).Id)).Header("Content-Type"))),
        new("delete.closes", "DELETE closes with 1000.", "boto3#3789", Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await t.ManageAsync(HttpMethod.Delete, talk.Id);
            Check.Equal(1000, (await talk.ClosedAsync()).CloseCode);
        }),
        new("delete.reported", "After DELETE, $disconnect reports 1000 and Connection Closed Normally.", "boto3#3789, chalice#2060", Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await t.ManageAsync(HttpMethod.Delete, talk.Id);
            await DisconnectRules.ReportedAsync(talk, 1000, "Connection Closed Normally");
        }),
        new("delete.once", "$disconnect is invoked once after DELETE.", "boto3#3789", Grade.B, async t =>
        {
            var talk = await t.ConnectAsync();
            await t.ManageAsync(HttpMethod.Delete, talk.Id);
            await talk.ClosedAsync();
            await talk.DisconnectEventAsync();
            await t.QuietAsync();
            Check.Equal(1, t.Seen("disconnect", talk.Id).Count);
        }),
        new("delete.twice", "A second DELETE is 410.", Sources.Model, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await t.ManageAsync(HttpMethod.Delete, talk.Id);
            await talk.DisconnectEventAsync();
            Check.Equal(410, (int)(await t.ManageAsync(HttpMethod.Delete, talk.Id)).Status);
        }),
    ];

    private static Rule Post(string id, string sentence, string source, Grade grade, Action<ManagementReply> check) =>
        new($"post.{id}", sentence, source, grade, async t => check(await (await t.ConnectAsync()).PostAsync("x")));

    private static Rule Get(string id, string sentence, string source, Grade grade, Action<ManagementReply, Conversation> check) => new($"get.{id}", sentence, source, grade, async t =>
    {
        var talk = await t.ConnectAsync();
        check(await t.ManageAsync(HttpMethod.Get, talk.Id), talk);
    });

    private static Rule Gone(string id, HttpMethod method) => new(
        $"gone.{id}", $"{method} for an id that does not exist is 410.", Sources.Bref, method == HttpMethod.Post ? Grade.A : Grade.B,
        async t => Check.Equal(410, (int)(await t.ManageAsync(method, Unknown, method == HttpMethod.Post ? [1] : null)).Status));

    private static Rule Encoded(string id, string sentence, string connections, string equals) => new(
        $"post.path-{id}", sentence, Sources.Connections, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await t.ManageAsync(HttpMethod.Post, talk.Id.Replace("=", equals, StringComparison.Ordinal), "found"u8.ToArray(), connections: connections);
            Check.Equal("found", await talk.TextAsync());
        });

    private static Rule Forbidden(string id, string sentence, string path) => new(
        $"forbidden.{id}", sentence, "csdcorp blog, chat-app#40", Grade.B, async t => Check.Equal(403, (int)(await WrongAsync(t, path)).Status));

    private static Task<ManagementReply> WrongAsync(Questioner t, string path) => t.ManageAsync(HttpMethod.Post, Unknown, [1], path: path);

    private static DateTimeOffset Time(ManagementReply reply, string member) =>
        DateTimeOffset.TryParse(Check.Text(reply.Json, member), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time)
            ? time
            : throw new RuleBrokenException($"{member} is no time: {Check.Text(reply.Json, member)}");

    private static async Task SlowReaderAsync(Questioner t)
    {
        var talk = await t.ConnectAsync();
        // The operating systems on the way buffer some megabytes before the gateway's own buffer fills.
        for (var posted = 0; posted < 400; posted++)
        {
            var reply = await talk.PostAsync(new string('x', MessageLimit));
            if ((int)reply.Status == 200)
                continue;
            Check.Equal(429, (int)reply.Status);
            Check.Matches("^LimitExceededException", reply.Header("x-amzn-ErrorType"));
            return;
        }

        throw new RuleBrokenException("50 MB were accepted");
    }
}
