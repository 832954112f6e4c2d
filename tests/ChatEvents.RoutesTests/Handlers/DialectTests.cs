using ChatEvents.Contracts;
using ChatEvents.Routes;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>How a dialect is chosen in the handshake, and how a function knows it later.</summary>
public sealed class DialectTests
{
    private const string Marked = """{"action":"onMessage","id":"2","message":"hi"}""";
    private const string Unmarked = """{"action":"onMessage","message":"hi"}""";

    private static readonly RouteSettings Patient = new() { MembershipPatience = TimeSpan.FromSeconds(10) };

    [Theory(Timeout = 30_000)]
    [InlineData("", "", Dialect.Plain, null)]
    [InlineData("chatevents.v1", "", Dialect.Json, "chatevents.v1")]
    [InlineData("graphql-ws, chatevents.v1", "", Dialect.Json, "chatevents.v1")]
    [InlineData("chatevents.plain, chatevents.v1", "", Dialect.Json, "chatevents.v1")]
    [InlineData("chatevents.v1, bearer.eyJ.eyJ.c2ln", "", Dialect.Json, "chatevents.v1")]
    [InlineData("bearer.eyJ.eyJ.c2ln", "", Dialect.Plain, null)]
    [InlineData("chatevents.v2", "", Dialect.Plain, null)]
    [InlineData("CHATEVENTS.V1", "", Dialect.Plain, null)]
    [InlineData("chatevents.plain", "", Dialect.Plain, "chatevents.plain")]
    [InlineData("", "chatevents.v1", Dialect.Json, null)]
    [InlineData("", "chatevents.v2", Dialect.Plain, null)]
    [InlineData("bearer.eyJ.eyJ.c2ln", "chatevents.v1", Dialect.Json, null)]
    [InlineData("chatevents.plain", "chatevents.v1", Dialect.Plain, "chatevents.plain")]
    public async Task A_handshake_chooses_by_a_sub_protocol_that_is_echoed_or_by_a_parameter(
        string offered, string asked, Dialect dialect, string? echoed)
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);
        var connect = Events.Connect();
        if (offered.Length > 0) connect.WithHeader(Subprotocol.Header, offered);
        if (asked.Length > 0) connect.WithParameter("protocol", asked);

        var response = await function.InvokeAsync(connect);

        Assert.Equal(dialect, function.SentEvent<ConnectionOpened>().Dialect);
        Assert.Equal(echoed, (string?)response["headers"]?[Subprotocol.Header]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Sub_protocols_in_several_headers_are_all_offered()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Connect().WithHeader(Subprotocol.Header, "chatevents.v1", "bearer.eyJ.eyJ.c2ln"));

        Assert.Equal("chatevents.v1", (string?)response["headers"]?[Subprotocol.Header]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("json", Dialect.Json)]
    [InlineData("plain", Dialect.Plain)]
    [InlineData("other", Dialect.Plain)]
    public async Task What_the_authorizer_says_counts_and_costs_no_read(string said, Dialect dialect)
    {
        await using var connect = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);
        await connect.InvokeAsync(Events.Connect().From("ada", ("dialect", said)));
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);

        var response = await function.InvokeAsync(Events.Message("onMessage", Marked).From("ada", ("dialect", said)));

        Assert.Equal(dialect, connect.SentEvent<ConnectionOpened>().Dialect);
        Assert.Equal(dialect == Dialect.Json, response["body"] is not null);
        Assert.Empty(function.Registry.SpeakerLooks);
        Assert.Empty(function.Registry.Looks);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(Unmarked)]
    [InlineData(Marked)]
    public async Task The_row_says_it_where_nothing_else_does_and_is_read_once(string frame)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Registry.SetJsonRow(Events.ConnectionId);

        for (var i = 0; i < 3; i++)
        {
            var response = await function.InvokeAsync(Events.Message("onMessage", frame));
            Assert.Contains("\"type\":\"accepted\"", (string?)response["body"], StringComparison.Ordinal);
        }

        Assert.Single(function.Registry.SpeakerLooks);
        Assert.Empty(function.Registry.Looks);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("chatevents.v1", Dialect.Json)]
    [InlineData("", Dialect.Plain)]
    public async Task A_handshake_of_the_same_process_says_it_for_good(string offered, Dialect dialect)
    {
        var time = new FakeTime();
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken, time: time);
        await function.InvokeAsync(Events.Connect().WithHeader(Subprotocol.Header, offered).WithParameter("client", "0123456789abcdef"));
        var connection = new RouteRequestContext { ConnectionId = Events.ConnectionId, ConnectedAt = time.GetUtcNow().ToUnixTimeMilliseconds() };

        // A row that was written by an event which did not know says less.
        function.Clients.Speakers.Remember(Events.ConnectionId, Speaker.Plain);
        time.Advance(TimeSpan.FromMinutes(5));

        var speaker = function.Clients.Speakers.Find(connection);
        Assert.Equal(dialect, speaker?.Dialect);
        Assert.Equal(dialect == Dialect.Json, speaker?.Guest is not null);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_is_refused_because_of_too_many_frames_is_not_waited_for()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken, Patient);
        for (var call = 0; call < 30; call++) function.Clients.Rate.RequireTurn(Events.ConnectionId);

        var marked = await function.InvokeAsync(Events.Message("who", """{"action":"who","id":"2"}""").SentAfter(TimeSpan.FromSeconds(1)));

        Assert.Equal(429, (int?)marked["statusCode"]);
        Assert.Single(function.Registry.SpeakerLooks);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_membership_that_is_read_anyway_says_it_too()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Registry.Add("blue", Events.ConnectionId, dialect: Dialect.Json);

        var response = await function.InvokeAsync(Events.Message("onMessage", """{"action":"onMessage","room":"blue","message":"hi"}"""));

        Assert.Contains("\"type\":\"accepted\"", (string?)response["body"], StringComparison.Ordinal);
        Assert.Empty(function.Registry.SpeakerLooks);
        Assert.Single(function.Registry.Looks);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_without_an_id_is_on_its_queue_before_anybody_looks()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        var sent = -1;
        function.Registry.OnSpeakerLook = () => sent = function.Sqs.Sent.Count;

        await function.InvokeAsync(Events.Message("onMessage", Unmarked));
        Assert.Equal(1, sent);

        function.Registry.SetJsonRow("other=");
        var marked = Events.Message("onMessage", Marked);
        marked["requestContext"]!["connectionId"] = "other=";
        await function.InvokeAsync(marked);
        Assert.Equal(1, sent);
        Assert.Equal(2, function.Sqs.Sent.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_row_that_is_not_there_yet_is_waited_for()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Patient);
        var looks = 0;
        function.Registry.OnSpeakerLook = () =>
        {
            if (++looks == 3) function.Registry.SetJsonRow(Events.ConnectionId);
        };

        var response = await function.InvokeAsync(Events.Message("onMessage", Marked).SentAfter(TimeSpan.FromSeconds(1)));

        Assert.Contains("\"type\":\"accepted\",\"id\":\"2\"", (string?)response["body"], StringComparison.Ordinal);
        Assert.Equal(3, looks);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_connection_without_a_row_is_taken_for_plain_after_one_wait()
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, new() { MembershipPatience = TimeSpan.FromMilliseconds(60) });

        var response = await function.InvokeAsync(
            Events.Message("onMessage", """{"action":"onMessage","id":"2","message":""}""").SentAfter(TimeSpan.FromSeconds(1)));

        Assert.StartsWith("""{"error":"The message is empty.",""", (string?)response["body"], StringComparison.Ordinal);
        Assert.InRange(function.Registry.SpeakerLooks.Count, 2, 3);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_the_row_of_a_young_connection_does_not_say_may_be_said_later()
    {
        var time = new FakeTime();
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, time: time);
        function.Registry.SetRow(Events.ConnectionId);
        var young = Events.Message("onMessage", Unmarked);
        young["requestContext"]!["connectedAt"] = time.GetUtcNow().ToUnixTimeMilliseconds();

        for (var i = 0; i < 3; i++) Assert.Null((await function.InvokeAsync(young))["body"]);
        Assert.Single(function.Registry.SpeakerLooks);
        function.Registry.SetJsonRow(Events.ConnectionId);
        time.Advance(TimeSpan.FromSeconds(2));

        Assert.NotNull((await function.InvokeAsync(young))["body"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData(Marked, "{\"type\":\"accepted\",\"id\":\"2\",")]
    [InlineData("""{"action":"onMessage","id":"a b","message":"hi"}""", null)]
    [InlineData(Unmarked, null)]
    public async Task A_table_that_cannot_be_read_holds_no_message_up_and_a_frame_with_an_id_is_believed(string frame, string? answer)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Registry.Refuses = true;

        var response = await function.InvokeAsync(Events.Message("onMessage", frame));

        Assert.Single(function.Sqs.Sent);
        if (answer is null) Assert.Null(response["body"]);
        else Assert.StartsWith(answer, (string?)response["body"], StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("\"id\":17")]
    [InlineData("\"id\":\"a b\"")]
    [InlineData("\"id\":\"\\ud83d\"")]
    [InlineData("\"id\":{}")]
    [InlineData("\"data\":[[[]]]")]
    public async Task In_the_plain_dialect_an_id_and_data_are_members_without_meaning(string member)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Registry.SetRow(Events.ConnectionId);

        var response = await function.InvokeAsync(Events.Message("onMessage", $$"""{"action":"onMessage","message":"hi",{{member}}}"""));

        Assert.Equal("""{"statusCode":200,"isBase64Encoded":false}""", response.ToJsonString());
        Assert.Equal((Events.MessageId, null), (function.SentEvent<MessagePosted>().MessageId, function.SentEvent<MessagePosted>().Data));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("17")]
    [InlineData("\"\"")]
    [InlineData("\"a b\"")]
    [InlineData("\"\\ud83d\"")]
    [InlineData("\"1234567890123456789012345678901234567890123456789012345678901234x\"")]
    public async Task In_the_JSON_dialect_an_id_that_no_answer_can_repeat_is_an_error(string id)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken);
        function.Registry.SetJsonRow(Events.ConnectionId);

        var response = await function.InvokeAsync(Events.Message("onMessage", $$"""{"action":"onMessage","message":"hi","id":{{id}}}"""));

        Assert.StartsWith("""{"type":"error","code":"bad_frame","error":"The id must be """, (string?)response["body"], StringComparison.Ordinal);
        Assert.Empty(function.Sqs.Sent);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("A-z_0.9")]
    [InlineData("1234567890123456789012345678901234567890123456789012345678901234")]
    public async Task An_id_is_repeated_as_it_is(string id)
    {
        await using var function = await RunningFunction.StartAsync("default", TestContext.Current.CancellationToken);
        function.Registry.SetJsonRow(Events.ConnectionId);

        var response = await function.InvokeAsync(Events.Message("ping", $$"""{"action":"ping","id":"{{id}}"}"""));

        Assert.Equal($$"""{"type":"pong","id":"{{id}}"}""", (string?)response["body"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_tells_the_registry_what_is_known_of_the_client()
    {
        await using var function = await RunningFunction.StartAsync("join", TestContext.Current.CancellationToken, new() { MembershipPatience = TimeSpan.Zero });
        function.Registry.SetJsonRow(Events.ConnectionId, guest: "guest-3fk2a9");

        await function.InvokeAsync(Events.Message("join", """{"action":"join","id":"3","room":"blue"}"""));

        var joined = function.SentEvent<MembershipChanged>();
        Assert.Equal((Dialect.Json, "guest-3fk2a9"), (joined.Dialect, joined.Guest));
    }
}
