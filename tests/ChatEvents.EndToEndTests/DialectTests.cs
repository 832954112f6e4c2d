using System.Net.WebSockets;
using System.Text.Json.Nodes;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>Clients of both dialects side by side in the whole system.</summary>
[Collection<OneLocalSystem>]
public sealed class DialectTests(LocalSystemFixture local)
{
    [Fact(Timeout = 180_000)]
    public async Task A_client_of_each_dialect_hears_the_same_in_its_own_words()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        await using var plain = await ChatClient.ConnectAsync(new Uri($"{local.Url}?room=tea"), TestContext.Current.CancellationToken);
        await using var json = await ChatClient.ConnectAsync(
            new Uri($"{local.Url}?client=Client-0123456789"), TestContext.Current.CancellationToken, options => options.AddSubProtocol("chatevents.v1"));

        var hello = await AskAsync(json, """{"action":"hello","id":"1"}""");
        Assert.Equal("chatevents.v1", (string?)hello["protocol"]);
        var guest = (string)hello["guest"]!;
        Assert.Matches("^guest-[a-z2-7]{6}$", guest);
        var joined = await AskAsync(json, """{"action":"join","id":"2","room":"tea"}""");
        Assert.Equal(("joined", "tea", 0L), ((string)joined["type"]!, (string)joined["room"]!, (long)joined["seq"]!));

        // Said twice, heard once, and both answers name the same message.
        const string Frame = """{"action":"onMessage","id":"3","room":"tea","message":"hi","data":{"colour":"red"}}""";
        var accepted = await AskAsync(json, Frame);
        Assert.Equal((string?)accepted["messageId"], (string?)(await AskAsync(json, Frame))["messageId"]);
        await plain.SendAsync("""{"action":"onMessage","room":"tea","message":"hello"}""", TestContext.Current.CancellationToken);

        Assert.Equal(["hi", "hello"], (await plain.WaitForAsync(2, TestContext.Current.CancellationToken)).Select(text => text.Replace("Echo: ", "", StringComparison.Ordinal)));
        await json.UntilAsync(frames => MessagesIn(frames).Count == 2, TestContext.Current.CancellationToken);
        var heard = MessagesIn(json.Received());
        Assert.Equal([1, 2], heard.Select(message => (long)message["seq"]!));
        Assert.Equal((guest, "hi", (string?)accepted["messageId"]), ((string)heard[0]["from"]!["guest"]!, (string)heard[0]["message"]!, (string?)heard[0]["messageId"]));
        Assert.Equal("""{"colour":"red"}""", heard[0]["data"]!.ToJsonString());

        var epoch = (string)heard[0]["epoch"]!;
        var history = await AskAsync(json, $$"""{"action":"history","id":"4","room":"tea","after":0,"epoch":"{{epoch}}"}""");
        Assert.Equal(["hi", "hello"], history["messages"]!.AsArray().Select(message => (string)message!["message"]!));
        Assert.True((bool)history["complete"]!);
        Assert.Equal((2L, epoch), await TailAsync(json));

        Assert.Equal("removed", (string?)(await AskAsync(json, """{"action":"remove","id":"6","room":"tea","seq":1}"""))["type"]);
        history = await AskAsync(json, $$"""{"action":"history","id":"7","room":"tea","after":0,"epoch":"{{epoch}}"}""");
        Assert.Equal("""{"seq":1,"removed":true}""", history["messages"]![0]!.ToJsonString());
        Assert.Equal("unknown_action", (string?)(await AskAsync(json, """{"action":"shout","id":"8"}"""))["code"]);
        Assert.Equal(2, plain.Received().Count);
    }

    [Theory(Timeout = 120_000)]
    [InlineData("plain")]
    [InlineData("v1")]
    public async Task The_load_generator_loses_nothing(string dialect)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var svg = Path.Combine(Path.GetTempPath(), $"load-{Guid.NewGuid():N}.svg");
        await using var load = ChildProcess.StartProgram(
            "ChatEvents.Load", null, local.Url.ToString(), "--dialect", dialect, "--clients", "40", "--rooms", "4", "--rate", "20",
            "--seconds", "2", "--warm-up", "1", "--svg", svg);
        try
        {
            var exitCode = await load.WaitForExitAsync(cancellation);
            Assert.True(exitCode == 0, string.Join('\n', load.Lines()));
            Assert.Contains(load.Lines(), line => line.StartsWith("| lost ", StringComparison.Ordinal) && line.Contains("| 0 ", StringComparison.Ordinal));
            Assert.True(File.Exists(svg));
        }
        finally
        {
            File.Delete(svg);
        }
    }

    [Fact(Timeout = 120_000)]
    public async Task A_dialect_is_taken_among_other_sub_protocols_and_one_that_nobody_speaks_is_the_plain_one()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var socket = new ClientWebSocket();
        socket.Options.AddSubProtocol("graphql-ws");
        socket.Options.AddSubProtocol("chatevents.v1");
        await socket.ConnectAsync(local.Url, cancellation);
        Assert.Equal("chatevents.v1", socket.SubProtocol);

        await using var plain = await ChatClient.ConnectAsync(new Uri($"{local.Url}?protocol=chatevents.v2"), TestContext.Current.CancellationToken);
        await plain.SendAsync("""{"action":"ping","id":"1"}""", TestContext.Current.CancellationToken);
        Assert.StartsWith("""{"pong":true,"requestId":""", (await plain.WaitForAsync(1, TestContext.Current.CancellationToken))[0], StringComparison.Ordinal);
    }

    private static async Task<(long Seq, string? Epoch)> TailAsync(ChatClient client)
    {
        var joined = await AskAsync(client, """{"action":"join","id":"5","room":"tea"}""");
        return ((long)joined["seq"]!, (string?)joined["epoch"]);
    }

    /// <summary>Sends a frame and waits for one more answer with its id.</summary>
    private static async Task<JsonNode> AskAsync(ChatClient client, string frame)
    {
        var id = (string?)JsonNode.Parse(frame)!["id"];
        var before = AnswersTo(id, client.Received()).Count;
        await client.SendAsync(frame, TestContext.Current.CancellationToken);
        await client.UntilAsync(frames => AnswersTo(id, frames).Count > before, TestContext.Current.CancellationToken);
        return AnswersTo(id, client.Received())[before];
    }

    private static List<JsonNode> AnswersTo(string? id, IEnumerable<string> frames) =>
        [.. frames.Select(frame => JsonNode.Parse(frame)!).Where(frame => (string?)frame["id"] == id)];

    private static List<JsonNode> MessagesIn(IEnumerable<string> frames) =>
        [.. frames.Select(frame => JsonNode.Parse(frame)!).Where(frame => (string?)frame["type"] == "message")];
}
