using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.Routes;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>A row that makes no sense costs at most its own connection.</summary>
public sealed class SenselessRowTests
{
    private static readonly RouteSettings Impatient = new() { MembershipPatience = TimeSpan.Zero };

    private static readonly string[] Attributes = [RegistryTables.User, RegistryTables.Name, RegistryTables.Guest, RegistryTables.CallbackEndpoint];

    [Fact(Timeout = 60_000)]
    public async Task A_room_is_listed_without_the_rows_that_make_no_sense_and_each_is_logged_once()
    {
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        function.Registry.Add("everyone", "good=", "ada");
        function.Registry.AddSenseless("everyone", "bad\u001b=", new JsonObject { [RegistryTables.User] = new JsonObject { ["N"] = "7" } });

        var first = await function.InvokeAsync(Events.Message("who", """{"action":"who"}"""));
        await function.InvokeAsync(Events.Message("who", """{"action":"who"}"""));

        Assert.Contains("""{"room":"everyone","count":1,"members":[{"user":"ada","connections":1}]""", (string?)first["body"], StringComparison.Ordinal);
        Assert.Single(function.Log.Lines, """Warning: The row of "bad\u001B=" in everyone makes no sense, and is not listed.""");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_thousand_rows_of_random_attributes_do_not_stop_who()
    {
        var random = new Random(20261130);
        await using var function = await RunningFunction.StartAsync("who", TestContext.Current.CancellationToken);
        function.Registry.Add("everyone", "good=", "ada");
        for (var number = 0; number < 1_000; number++)
        {
            var attributes = new JsonObject();
            for (var nonsense = 1 + random.Next(2); nonsense > 0; nonsense--) attributes[Attributes[random.Next(Attributes.Length)]] = Value(random);
            function.Registry.AddSenseless("everyone", $"bad{number}=", attributes);
        }

        var found = false;
        for (var frame = """{"action":"who"}"""; ;)
        {
            var body = JsonNode.Parse((string?)(await function.InvokeAsync(Events.Message("who", frame)))["body"] ?? "")!;
            found |= body["members"]!.AsArray().Any(member => (string?)member!["user"] == "ada");
            if ((string?)body["next"] is not { } next) break;
            frame = $$"""{"action":"who","next":"{{next}}"}""";
        }

        Assert.True(found);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"S":"soon"}""")]
    [InlineData("""{"N":"1.5"}""")]
    [InlineData("""{"BOOL":true}""")]
    [InlineData("""{"M":{}}""")]
    public async Task A_membership_without_an_end_is_none(string timeToLive)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Impatient);
        function.Registry.AddSenseless("blue", Events.ConnectionId, new JsonObject { [RegistryTables.TimeToLive] = JsonNode.Parse(timeToLive) });

        var answer = await function.InvokeAsync(Events.Message("onMessage", """{"action":"onMessage","room":"blue","message":"hi"}"""));

        Assert.Contains("You are not in the room", (string?)answer["body"], StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"S":"blue"}""")]
    [InlineData("""{"M":{"blue":{"S":"soon"}}}""")]
    [InlineData("""{"M":{"blue":{"M":{}}}}""")]
    [InlineData("""{"L":[]}""")]
    public async Task A_connection_whose_rooms_make_no_sense_is_in_none(string rooms)
    {
        await using var function = await RunningFunction.StartAsync("onMessage", TestContext.Current.CancellationToken, Impatient);
        function.Registry.SetRow(Events.ConnectionId, new JsonObject
        {
            [RegistryTables.ConnectionId] = new JsonObject { ["S"] = Events.ConnectionId },
            [RegistryTables.JoinedRooms] = JsonNode.Parse(rooms),
        });

        var answer = await function.InvokeAsync(Events.Message("onMessage", """{"action":"onMessage","room":"blue","message":"hi"}"""));

        Assert.Contains("You are not in the room", (string?)answer["body"], StringComparison.Ordinal);
    }

    private static JsonNode Value(Random random) => JsonNode.Parse(random.Next(8) switch
    {
        0 => """{"N":"1"}""",
        1 => """{"BOOL":false}""",
        2 => """{"NULL":true}""",
        3 => """{"L":[{"S":"a"}]}""",
        4 => """{"M":{"S":{"S":"a"}}}""",
        5 => """{"SS":["a","b"]}""",
        6 => """{"B":"AQID"}""",
        _ => """{"S":""}""",
    })!;
}
