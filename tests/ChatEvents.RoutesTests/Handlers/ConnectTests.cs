using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class ConnectTests
{
    [Fact(Timeout = 30_000)]
    public async Task An_accepted_handshake_is_on_the_queue_of_connections()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Connect());

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", response.ToJsonString());
        var opened = function.SentEvent<ConnectionOpened>();
        Assert.Equal(Events.ConnectionId, opened.ConnectionId);
        Assert.Equal(DateTimeOffset.FromUnixTimeMilliseconds(1795260924518), opened.ConnectedAt);
        Assert.Equal("https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod", opened.CallbackEndpoint);
        Assert.Empty(opened.Rooms);
        Assert.Null(opened.User);
        Assert.Equal("203.0.113.7", opened.SourceAddress);
        Assert.Equal([QueueNames.Connections], function.Sqs.QueuesLookedUp);
        Assert.Equal(["Information: Connection A-b9_xYzoAMCK1g= from 203.0.113.7 is open in everyone."], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_message_names_its_type_and_goes_on_with_the_trace()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(
            Events.Connect(),
            ("Lambda-Runtime-Trace-Id", "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=1;Lineage=a:0"));

        var attributes = Assert.Single(function.Sqs.Sent)["MessageAttributes"]!;
        Assert.Equal("urn:message:ChatEvents.Contracts:ConnectionOpened", (string?)attributes["MT-MessageType"]!["StringValue"]);
        Assert.Equal("00-5759e988bd862e3fe1be46a994272793-53995c3f42cd8ad8-01", (string?)attributes["traceparent"]!["StringValue"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_queue_is_looked_up_once()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect());
        await function.InvokeAsync(Events.Connect());

        Assert.Single(function.Sqs.QueuesLookedUp);
        Assert.Equal(2, function.Sqs.Sent.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task Rooms_of_the_query_string_are_joined_each_once_and_everyone_anyway()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect("red", "blue", "everyone", "red", "Red"));

        Assert.Equal(["red", "blue", "Red"], function.SentEvent<ConnectionOpened>().Rooms);
        Assert.EndsWith("is open in everyone, red, blue, Red.", Assert.Single(function.Log.Lines));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("", "\"\"")]
    [InlineData("a b", "\"a b\"")]
    [InlineData("grün", "\"grün\"")]
    [InlineData("a#b", "\"a#b\"")]
    [InlineData("x\nERROR forged", "\"x\\nERROR forged\"")]
    [InlineData(
        "1234567890123456789012345678901234567890123456789012345678901234x",
        "\"1234567890123456789012345678901234567890123456789012345678901234...\"")]
    public async Task A_bad_room_refuses_the_handshake_and_the_log_says_why(string room, string quoted)
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Connect("blue", room));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Empty(function.Sqs.Sent);
        Assert.Equal(
            [$"Warning: Refused connection A-b9_xYzoAMCK1g= from 203.0.113.7: {quoted} is not the name of a room."], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task Twenty_rooms_are_allowed_however_often_they_are_named()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);
        var rooms = Enumerable.Range(1, 20).Select(number => $"room-{number}").ToArray();

        var response = await function.InvokeAsync(Events.Connect([.. rooms, .. rooms]));

        Assert.Equal(200, (int?)response["statusCode"]);
        Assert.Equal(rooms, function.SentEvent<ConnectionOpened>().Rooms);
    }

    [Fact(Timeout = 30_000)]
    public async Task More_than_twenty_rooms_refuse_the_handshake()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Connect([.. Enumerable.Range(1, 21).Select(number => $"room-{number}")]));

        Assert.Equal(400, (int?)response["statusCode"]);
        Assert.Empty(function.Sqs.Sent);
        Assert.EndsWith("it asks for 21 rooms, but at most 20 are allowed.", Assert.Single(function.Log.Lines));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_user_is_the_principal_of_the_authorizer()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect().WithAuthorizer("user-17"));

        Assert.Equal("user-17", function.SentEvent<ConnectionOpened>().User);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_callback_endpoint_that_is_set_wins_over_the_domain_of_the_event()
    {
        await using var function = await RunningFunction.StartAsync(
            "connect", TestContext.Current.CancellationToken, new RouteSettings { CallbackEndpoint = "http://localhost:8080/local" });

        await function.InvokeAsync(Events.Connect());

        Assert.Equal("http://localhost:8080/local", function.SentEvent<ConnectionOpened>().CallbackEndpoint);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_offered_sub_protocol_is_not_echoed()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);
        var connect = Events.Connect();
        connect["headers"]!["Sec-WebSocket-Protocol"] = "chat.v1, token.abc";

        var response = await function.InvokeAsync(connect);

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", response.ToJsonString());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_queue_that_refuses_the_event_refuses_the_handshake()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);
        function.Sqs.Refuses = true;

        var response = await function.InvokeAsync(Events.Connect());

        Assert.Equal("""{"statusCode":503,"isBase64Encoded":false}""", response.ToJsonString());
        var line = Assert.Single(function.Log.Lines);
        Assert.StartsWith("Error: Refused connection A-b9_xYzoAMCK1g=, because its event did not reach the queue: ", line);
        Assert.Contains("User is not authorized to perform: sqs:sendmessage", line);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_queue_that_does_not_answer_in_time_refuses_the_handshake()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);
        function.Sqs.Hangs = true;

        var response = await function.InvokeAsync(Events.Connect(), Deadlines.AlreadyOver);

        Assert.Equal(503, (int?)response["statusCode"]);
        Assert.Empty(function.Sqs.Sent);
    }

    [Fact(Timeout = 30_000)]
    public async Task Null_members_as_the_gateway_sent_them_in_its_first_years_are_no_trouble()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);
        var connect = Events.Connect();
        connect["queryStringParameters"] = null;
        connect["multiValueQueryStringParameters"] = null;
        connect["stageVariables"] = null;
        connect["body"] = null;
        var context = connect["requestContext"]!;
        context["messageId"] = null;
        context["authorizer"] = null;
        context["disconnectReason"] = null;
        context["disconnectStatusCode"] = null;
        context["identity"]!["cognitoIdentityId"] = null;

        var response = await function.InvokeAsync(connect);

        Assert.Equal(200, (int?)response["statusCode"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("{}", "requestContext")]
    [InlineData("""{"requestContext":{}}""", "requestContext.connectionId")]
    [InlineData("""{"requestContext":{"connectionId":"A-b9_xYzoAMCK1g="}}""", "requestContext.connectedAt")]
    [InlineData("""{"requestContext":{"connectionId":"A-b9_xYzoAMCK1g=","connectedAt":1795260924518}}""", "requestContext.domainName")]
    public async Task An_event_of_something_else_is_an_error_that_says_what_it_lacks(string json, string member)
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        var answer = await function.InvokeForAnswerAsync(JsonNode.Parse(json)!.AsObject());

        Assert.Equal("InvalidOperationException", answer.Error?.Type);
        Assert.Equal(
            $"The event has no {member}: this function serves the routes of a WebSocket API.",
            (string?)JsonNode.Parse(answer.Body)!["errorMessage"]);
    }
}
