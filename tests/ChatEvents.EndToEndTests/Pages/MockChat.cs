using System.Text.Json.Nodes;
using Microsoft.Playwright;

namespace ChatEvents.EndToEndTests.Pages;

/// <summary>A chat in place of the real one, with a room as long as a test wants it: a real one takes minutes to say so much.</summary>
internal sealed class MockChat(int first, int last)
{
    private const string Epoch = "1795260900000-3fk2a9";

    private IWebSocketRoute? _socket;

    public Task AttachAsync(IPage page) => page.RouteWebSocketAsync("**/local**", socket =>
    {
        _socket = socket;
        socket.OnMessage(frame =>
        {
            var asked = JsonNode.Parse(frame.Text!)!;
            var answer = Answer(asked, $"{asked["action"]}");
            answer["id"] = $"{asked["id"]}";
            socket.Send(answer.ToJsonString());
        });
    });

    /// <summary>All at once.</summary>
    public void Say(int from, int to)
    {
        for (var seq = from; seq <= to; seq++) _socket!.Send(Message(seq, isLive: true).ToJsonString());
    }

    private JsonObject Answer(JsonNode asked, string action) => action switch
    {
        "hello" => new() { ["type"] = "hello", ["guest"] = "guest-abc234", ["rooms"] = new JsonArray("everyone") },
        "history" when asked["after"] is { } after => History((int)after + 1, Math.Min(last, (int)after + (int)asked["limit"]!), last),
        "history" when asked["before"] is { } before => History(Math.Max(first, (int)before - (int)asked["limit"]!), (int)before - 1, last: 0),
        "history" => History(Math.Max(first, last - (int)asked["limit"]! + 1), last, last: 0),
        "who" => new() { ["type"] = "members", ["room"] = "everyone", ["count"] = 0, ["members"] = new JsonArray() },
        _ => new() { ["type"] = "pong" },
    };

    /// <param name="from">Its first number, if that is still kept.</param>
    /// <param name="to">Its last number.</param>
    /// <param name="last">Where asked for what comes later; otherwise 0.</param>
    private JsonObject History(int from, int to, int last)
    {
        var numbers = Enumerable.Range(Math.Max(first, from), Math.Max(0, to - Math.Max(first, from) + 1));
        return new()
        {
            ["type"] = "history",
            ["room"] = "everyone",
            ["epoch"] = Epoch,
            ["messages"] = new JsonArray([.. numbers.Select(seq => Message(seq, isLive: false))]),
            ["more"] = last > 0 ? to < last : from > first,
            ["complete"] = from >= first && (last > 0 || from > first || first == 1),
        };
    }

    private static JsonObject Message(int seq, bool isLive)
    {
        var message = new JsonObject
        {
            ["seq"] = seq,
            ["messageId"] = $"m{seq}",
            ["from"] = new JsonObject { ["user"] = seq % 7 < 4 ? "ada" : "bob" },
            ["at"] = DateTimeOffset.UnixEpoch.AddYears(56).AddMinutes(seq).ToString("O"),
            ["message"] = $"number {seq}{string.Concat(Enumerable.Repeat(" and what else there is to say", seq % 5))}",
        };
        if (!isLive) return message;
        (message["type"], message["room"], message["epoch"]) = ("message", "everyone", Epoch);
        return message;
    }
}
