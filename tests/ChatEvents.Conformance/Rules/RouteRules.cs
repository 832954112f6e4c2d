using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Rules;

/// <summary>Which route gets a message.</summary>
internal static class RouteRules
{
    public static IEnumerable<Rule> All =>
    [
        Selects("action", "A message goes to the route that its action names.", """{"action":"one"}""", "one", Grade.A),
        Selects("not-json", "A message that is not JSON goes to $default.", "not JSON", "$default", Grade.A),
        Selects("empty", "An empty message goes to $default.", "", "$default", Grade.G),
        Selects("unknown", "An action that names no route goes to $default.", """{"action":"nobody"}""", "$default", Grade.A),
        Selects("missing", "A message without an action goes to $default.", """{"other":"one"}""", "$default", Grade.A),
        Selects("null", "The action null goes to $default.", """{"action":null}""", "$default", Grade.G),
        Selects("number", "The number 5 as action goes to the route 5.", """{"action":5}""", "5", Grade.A),
        Selects("case", "Route keys are told apart by case.", """{"action":"One"}""", "$default", Grade.B),
        Selects("spaces", "Spaces of an action count.", """{"action":" one"}""", "$default", Grade.G),
        Selects("connect", "A message cannot select $connect.", """{"action":"$connect"}""", "$default", Grade.G),
        Selects("disconnect", "A message cannot select $disconnect.", """{"action":"$disconnect"}""", "$default", Grade.G),
        Selects("list", "A JSON list goes to $default.", """["one"]""", "$default", Grade.A),
        Selects("more-after-json", "JSON with more text after it goes to $default.", """{"action":"one"} more""", "$default", Grade.G),
        Selects("nested", "Only the member that the expression names counts.", """{"inner":{"action":"one"}}""", "$default", Grade.A),
        new("route.composed", "An expression of two variables and a text between them selects by their values.", Sources.Selection, Grade.A,
            async t => await BareAsync(t, """{"service":"chat","action":"join"}""", "chat/join")),
        new("route.composed-missing", "A variable that the message lacks is empty text.", Sources.Selection, Grade.A,
            async t => await BareAsync(t, """{"action":"join"}""", "/join")),
        new("route.forbidden", "Without $default, a message that fits no route is answered with a frame whose message is Forbidden.",
            "simple-websockets-chat-app#24", Grade.B, async t => Check.Matches("\"message\": ?\"Forbidden\"", (await ForbiddenAsync(t, 1))[0])),
        new("route.forbidden-shape", "The frame Forbidden has the connectionId and the requestId, with the spacing of AWS.", "simple-websockets-chat-app#24", Grade.B, async t =>
            Check.Matches("""^\{"message": "[^"]*", "connectionId":"[A-Za-z0-9_-]{15}=", "requestId":"[A-Za-z0-9_-]{15}="\}$""", (await ForbiddenAsync(t, 1))[0])),
        new("route.forbidden-open", "After the frame Forbidden the connection stays open.", "simple-websockets-chat-app#24", Grade.B, async t =>
            Check.Equal(2, (await ForbiddenAsync(t, 2)).Count)),
    ];

    private static Rule Selects(string id, string sentence, string message, string routeKey, Grade grade) => new(
        $"route.{id}", sentence, Sources.Selection, grade, async t =>
            Check.Equal(routeKey, Check.Text((await (await t.ConnectAsync()).EventOfAsync(message)).Context, "routeKey")));

    private static async Task<RawClient> BareClientAsync(Questioner t)
    {
        var client = await t.OpenAsync(t.Bare);
        var answer = await t.HandshakeAsync(client, t.Bare, null, "", null, []);
        Check.True(answer.Status == 101, $"the handshake was answered {answer.Status}");
        return client;
    }

    private static async Task BareAsync(Questioner t, string message, string routeKey)
    {
        var client = await BareClientAsync(t);
        var tag = Questioner.NewCase();
        await client.SendTextAsync(message[..^1] + $",\"tag\":\"{tag}\"}}");
        var seen = await t.EventAsync("message event", seen => seen.Function == "message" && seen.Body?.Contains($"\"{tag}\"", StringComparison.Ordinal) == true);
        Check.Equal(routeKey, Check.Text(seen.Context, "routeKey"));
    }

    /// <summary>The frames that answer messages for nobody.</summary>
    private static async Task<IReadOnlyList<string>> ForbiddenAsync(Questioner t, int count)
    {
        var client = await BareClientAsync(t);
        var frames = new List<string>();
        for (var i = 0; i < count; i++)
        {
            await client.SendTextAsync("""{"action":"nobody"}""");
            Frame frame;
            try
            {
                frame = await client.ReadFrameAsync().WaitAsync(t.Target.Patience, t.Cancellation);
            }
            catch (TimeoutException)
            {
                throw new RuleBrokenException("no frame came");
            }

            Check.True(frame.Opcode == RawClient.Text, $"a frame with opcode {frame.Opcode} came");
            frames.Add(frame.Text);
        }

        return frames;
    }
}
