using System.Text.Encodings.Web;
using System.Text.Json;
using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Rules;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Asking;

/// <summary>One connection of a rule.</summary>
internal sealed class Conversation(Questioner questioner, RawClient client, Uri api, HttpAnswer handshake, SeenEvent connect)
{
    public RawClient Client => client;

    public HttpAnswer Handshake => handshake;

    public SeenEvent Connect => connect;

    public Uri Api => api;

    public string Id { get; } = connect.ConnectionId ?? throw new RuleBrokenException("the $connect event has no connectionId");

    /// <summary>The message that asks the function of a route to do something.</summary>
    public static string Message(string action, Script? script = null, string extra = "")
    {
        var how = script is null ? "" : $",\"do\":{script.ToJson()}";
        return $"{{\"action\":\"{JavaScriptEncoder.Default.Encode(action)}\"{how}{extra}}}";
    }

    public Task SendAsync(string action, Script? script = null) => client.SendTextAsync(Message(action, script));

    /// <summary>Sends a text and gives the event that the function receives of it.</summary>
    public async Task<SeenEvent> EventOfAsync(string text)
    {
        var before = questioner.Seen("message", Id).Count;
        await client.SendTextAsync(text);
        return await MessageEventAsync(before);
    }

    public async Task<SeenEvent> MessageEventAsync(int before = 0)
    {
        await questioner.EventAsync("message event", seen => seen.Function == "message" && seen.ConnectionId == Id && questioner.Seen("message", Id).Count > before);
        return questioner.Seen("message", Id)[before];
    }

    public Task<SeenEvent> DisconnectEventAsync() =>
        questioner.EventAsync("$disconnect event", seen => seen.Function == "disconnect" && seen.ConnectionId == Id);

    public Task<ManagementReply> PostAsync(string text) => questioner.PostAsync(Id, text, Api);

    /// <summary>The next frame that is not a ping.</summary>
    public async Task<Frame> FrameAsync()
    {
        try
        {
            Frame frame;
            do
                frame = await client.ReadFrameAsync().WaitAsync(questioner.Target.Patience, questioner.Cancellation);
            while (frame.Opcode == RawClient.Ping);
            return frame;
        }
        catch (TimeoutException)
        {
            throw new RuleBrokenException("no frame came");
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            throw new RuleBrokenException("the connection ended without a close frame");
        }
    }

    /// <summary>The next message, put together.</summary>
    public async Task<string> TextAsync()
    {
        var first = await FrameAsync();
        if (first.Opcode == RawClient.Close)
            throw new RuleBrokenException($"the connection was closed with {first.CloseCode} {first.CloseReason}");
        Check.True(first.Opcode == RawClient.Text, $"a frame with opcode {first.Opcode} came, not text");
        List<byte> all = [.. first.Payload];
        for (var last = first; !last.Final;)
        {
            last = await FrameAsync();
            all.AddRange(last.Payload);
        }

        return System.Text.Encoding.UTF8.GetString([.. all]);
    }

    /// <summary>The close frame of the target, answered.</summary>
    public async Task<Frame> ClosedAsync()
    {
        Frame frame;
        do
            frame = await FrameAsync();
        while (frame.Opcode != RawClient.Close);
        if (frame.Payload.Length >= 2)
            await TryAnswerCloseAsync(frame.CloseCode);
        return frame;
    }

    /// <summary>Asks for an answer that the suite knows: what comes before it was sent before it.</summary>
    public async Task<string> StillOpenAsync()
    {
        await SendAsync("two", Script.Body("still open"));
        return await TextAsync();
    }

    /// <summary>The frame that API Gateway itself sends, with its ids.</summary>
    public async Task GatewayFrameAsync(string message)
    {
        var text = await TextAsync();
        try
        {
            using var json = JsonDocument.Parse(text);
            Check.True(json.RootElement.ValueKind == JsonValueKind.Object, $"saw {Check.Show(text)}");
            Check.Equal(message, Check.Text(json.RootElement, "message"));
        }
        catch (JsonException)
        {
            throw new RuleBrokenException($"expected a frame with the message '{message}', saw {Check.Show(text)}");
        }
    }

    private async Task TryAnswerCloseAsync(int code)
    {
        try
        {
            await client.SendCloseAsync(code is >= 1000 and not 1005 and not 1006 ? code : 1000);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The target did not wait for it.
        }
    }
}
