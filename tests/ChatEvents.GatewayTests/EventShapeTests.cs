using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>The events that functions receive, member by member.</summary>
public sealed partial class EventShapeTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task The_connect_event_is_that_of_AWS()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(options => options.StageVariables["tableName"] = "conns-dev");
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        await client.HandshakeAsync(
            "/local?room=red&room=blue&name=J%C3%BCrgen", "User-Agent: MyClient/1.0", "X-Twice: a", "X-Twice: b",
            "X-Amzn-Trace-Id: Root=1-69204b11-0123456789abcdef01234567");

        var @event = await gateway.EventAsync("connect", cancellation);
        AssertJson("""
            {
              "headers": {
                "Host": "localhost", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version": "13", "User-Agent": "MyClient/1.0",
                "X-Amzn-Trace-Id": "Root=1-69204b11-0123456789abcdef01234567", "X-Forwarded-For": "127.0.0.1", "X-Forwarded-Port": "80",
                "X-Forwarded-Proto": "http", "X-Twice": "b"
              },
              "multiValueHeaders": {
                "Host": ["localhost"], "Sec-WebSocket-Key": ["dGhlIHNhbXBsZSBub25jZQ=="], "Sec-WebSocket-Version": ["13"], "User-Agent": ["MyClient/1.0"],
                "X-Amzn-Trace-Id": ["Root=1-69204b11-0123456789abcdef01234567"], "X-Forwarded-For": ["127.0.0.1"], "X-Forwarded-Port": ["80"],
                "X-Forwarded-Proto": ["http"], "X-Twice": ["a", "b"]
              },
              "queryStringParameters": { "room": "blue", "name": "Jürgen" },
              "multiValueQueryStringParameters": { "room": ["red", "blue"], "name": ["Jürgen"] },
              "stageVariables": { "tableName": "conns-dev" },
              "requestContext": {
                "routeKey": "$connect", "eventType": "CONNECT", "extendedRequestId": "REQUEST", "requestTime": "21/Nov/2026:12:00:00 +0000",
                "messageDirection": "IN", "stage": "local", "connectedAt": 1795262400000, "requestTimeEpoch": 1795262400000,
                "identity": { "userAgent": "MyClient/1.0", "sourceIp": "127.0.0.1" }, "requestId": "REQUEST", "domainName": "localhost",
                "connectionId": "CONNECTION", "apiId": "k3x9ab12cd"
              },
              "isBase64Encoded": false
            }
            """, @event);
    }

    [Fact(Timeout = 60_000)]
    public async Task Query_names_have_case()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        await client.HandshakeAsync("/local?Room=red&room=blue&empty&=nameless");
        Assert.Equal(
            """{"Room":"red","room":"blue","empty":"","":"nameless"}""",
            (await gateway.EventAsync("connect", cancellation)).GetProperty("queryStringParameters").GetRawText());
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_handshake_does_not_have_is_absent_from_the_connect_event()
    {
        await using var gateway = await StartAsync();
        await using var client = await RawClient.ConnectAsync(gateway);
        var @event = await gateway.EventAsync("connect", TestContext.Current.CancellationToken);
        Assert.Equal(
            ["headers", "multiValueHeaders", "requestContext", "isBase64Encoded"], @event.EnumerateObject().Select(member => member.Name));
        Assert.Equal(["sourceIp"], @event.Context().GetProperty("identity").EnumerateObject().Select(member => member.Name));
        Assert.Matches("^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$", @event.GetProperty("headers").Text("X-Amzn-Trace-Id"));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_message_event_has_neither_headers_nor_query()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        await client.HandshakeAsync("/local?room=blue", "User-Agent: MyClient/1.0");
        await client.SendTextAsync("""{"action":"chat","text":"hi <b>Ü</b>"}""");

        AssertJson("""
            {
              "requestContext": {
                "routeKey": "chat", "messageId": "MESSAGE", "eventType": "MESSAGE", "extendedRequestId": "REQUEST",
                "requestTime": "21/Nov/2026:12:00:00 +0000", "messageDirection": "IN", "stage": "local",
                "connectedAt": 1795262400000, "requestTimeEpoch": 1795262400000, "identity": { "userAgent": "MyClient/1.0", "sourceIp": "127.0.0.1" },
                "requestId": "REQUEST", "domainName": "localhost", "connectionId": "CONNECTION", "apiId": "k3x9ab12cd"
              },
              "body": "{\"action\":\"chat\",\"text\":\"hi <b>Ü</b>\"}",
              "isBase64Encoded": false
            }
            """, await gateway.EventAsync("chat", cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_event_of_an_empty_text_frame_has_no_body()
    {
        await using var gateway = await StartAsync();
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendTextAsync("");
        Assert.Equal(
            ["requestContext", "isBase64Encoded"],
            (await gateway.EventAsync("default", TestContext.Current.CancellationToken)).EnumerateObject().Select(member => member.Name));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_disconnect_event_has_code_reason_and_the_headers_that_AWS_makes_up()
    {
        await using var gateway = await StartAsync();
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendFrameAsync(RawClient.Close, []);
        AssertJson("""
            {
              "headers": { "Host": "localhost", "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
              "multiValueHeaders": { "Host": ["localhost"], "x-api-key": [""], "X-Forwarded-For": [""], "x-restapi": [""] },
              "requestContext": {
                "routeKey": "$disconnect", "disconnectStatusCode": 1005, "eventType": "DISCONNECT", "extendedRequestId": "REQUEST",
                "requestTime": "21/Nov/2026:12:00:00 +0000", "messageDirection": "IN",
                "disconnectReason": "Client-side close frame status not set", "stage": "local",
                "connectedAt": 1795262400000, "requestTimeEpoch": 1795262400000, "identity": { "sourceIp": "127.0.0.1" },
                "requestId": "REQUEST", "domainName": "localhost", "connectionId": "CONNECTION", "apiId": "k3x9ab12cd"
              },
              "isBase64Encoded": false
            }
            """, await gateway.EventAsync("disconnect", TestContext.Current.CancellationToken));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1000, "", "")]
    [InlineData(1001, "", "")]
    [InlineData(4321, "I am done", "I am done")]
    public async Task The_disconnect_event_carries_the_clients_own_code_and_reason(int code, string reason, string seen)
    {
        await using var gateway = await StartAsync();
        await using var client = await RawClient.ConnectAsync(gateway);
        await client.SendCloseAsync(code, reason);
        Assert.Equal(code, (await client.ReadCloseAsync()).CloseCode);
        var context = (await gateway.EventAsync("disconnect", TestContext.Current.CancellationToken)).Context();
        Assert.Equal((code, seen), (context.GetProperty("disconnectStatusCode").GetInt32(), context.Text("disconnectReason")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_TCP_connection_that_drops_is_a_disconnect_with_1006()
    {
        await using var gateway = await StartAsync();
        await using var client = await RawClient.ConnectAsync(gateway);
        client.Drop();
        var context = (await gateway.EventAsync("disconnect", TestContext.Current.CancellationToken)).Context();
        Assert.Equal(
            (1006, "Connection Closed Abnormally"),
            (context.GetProperty("disconnectStatusCode").GetInt32(), context.Text("disconnectReason")));
    }

    [Fact(Timeout = 60_000)]
    public async Task Ids_are_15_characters_of_base64url_and_an_equals_sign()
    {
        await using var gateway = await StartAsync();
        var seen = new HashSet<string>();
        for (var i = 0; i < 20; i++)
        {
            await using var client = await RawClient.ConnectAsync(gateway);
            await client.SendTextAsync("x");
        }

        await Patiently.UntilAsync("all messages", () => gateway.Seen("default").Count == 20, TestContext.Current.CancellationToken);
        foreach (var context in gateway.Seen("default").Select(@event => @event.Context()))
        {
            Assert.All(
                (string[])["connectionId", "messageId", "requestId"], name => Assert.Matches("^[A-Za-z0-9_-]{15}=$", context.Text(name)));
            Assert.True(
                seen.Add(context.Text("connectionId")!) && seen.Add(context.Text("messageId")!) && seen.Add(context.Text("requestId")!));
        }
    }

    private static async Task<TestGateway> StartAsync(Action<GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(Cancellation, options =>
        {
            Api.AllRoutes(options);
            options.ApiId = "k3x9ab12cd";
            configure?.Invoke(options);
        }, new FakeTime());
        gateway.ServeAll();
        return gateway;
    }

    /// <summary>Equal, members in any order, once ids are replaced by their names; both request ids must be the same.</summary>
    private static void AssertJson(string expected, JsonElement actual)
    {
        var text = actual.GetRawText();
        foreach (var (member, name) in new[] { ("connectionId", "CONNECTION"), ("requestId", "REQUEST"), ("messageId", "MESSAGE") })
        {
            if (actual.Context().Text(member) is { } id)
                text = text.Replace(id, name, StringComparison.Ordinal);
        }

        Assert.True(
            JsonNode.DeepEquals(JsonNode.Parse(expected), JsonNode.Parse(text)),
            string.Create(CultureInfo.InvariantCulture, $"Expected {Spaces().Replace(expected, " ")} but was {text}"));
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Spaces();
}
