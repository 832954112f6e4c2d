using System.Text;
using ChatEvents.Conformance.Asking;
using ChatEvents.Conformance.Wire;

namespace ChatEvents.Conformance.Rules;

/// <summary>Frames, sizes and close codes.</summary>
internal static class FrameRules
{
    private const int FrameLimit = 32 * 1024;

    public static IEnumerable<Rule> All =>
    [
        Closes("binary", "A binary frame closes with 1003.", 1003, RawClient.FrameBytes(RawClient.Binary, [1, 2, 3]), Sources.Frames, Grade.A),
        new("frame.binary-reported", "$disconnect reports 1003 after a binary frame.", Sources.Frames, Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendFrameAsync(RawClient.Binary, [1, 2, 3]);
            await talk.ClosedAsync();
            await DisconnectRules.ReportedAsync(talk, 1003);
        }),
        new("frame.binary-not-invoked", "A binary frame invokes no function.", Sources.Frames, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendFrameAsync(RawClient.Binary, [1, 2, 3]);
            await t.QuietAsync();
            Check.Equal(0, t.Seen("message", talk.Id).Count);
        }),
        new("frame.32k", "A frame of 32 KB is accepted.", Sources.Limits, Grade.A, async t =>
            Check.Equal(FrameLimit, (await (await t.ConnectAsync()).EventOfAsync(new string('x', FrameLimit))).BodyLength)),
        Closes("above-32k", "A frame of 32 KB and one byte closes with 1009.", 1009, RawClient.FrameBytes(RawClient.Text, Letters(FrameLimit + 1)), Sources.Limits, Grade.A),
        new("frame.above-32k-reported", "$disconnect reports 1009 after a frame that is too big.", Sources.Limits, Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendFrameAsync(RawClient.Text, Letters(FrameLimit + 1));
            await talk.ClosedAsync();
            await DisconnectRules.ReportedAsync(talk, 1009);
        }),
        new("frame.128k", "Four fragments of 32 KB are one message of 128 KB.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await FragmentsAsync(talk, FrameLimit, FrameLimit, FrameLimit, FrameLimit);
            Check.Equal(4 * FrameLimit, (await talk.MessageEventAsync()).BodyLength);
        }),
        new("frame.above-128k", "A message of 128 KB and one byte closes with 1009.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await FragmentsAsync(talk, FrameLimit, FrameLimit, FrameLimit, FrameLimit, 1);
            Check.Equal(1009, (await talk.ClosedAsync()).CloseCode);
        }),
        new("frame.fragments", "A message in fragments is one event.", Sources.Limits, Grade.A, async t =>
        {
            var talk = await t.ConnectAsync();
            await FragmentsAsync(talk, 3, 0, 4);
            Check.Equal("abcabcd", (await talk.MessageEventAsync()).Body);
        }),
        new("frame.split-character", "A character may be split between fragments.", Sources.Rfc + ", 5.4", Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            var euro = Encoding.UTF8.GetBytes("€");
            await talk.Client.SendFrameAsync(RawClient.Text, euro[..1], final: false);
            await talk.Client.SendFrameAsync(RawClient.Continuation, euro[1..]);
            Check.Equal("€", (await talk.MessageEventAsync()).Body);
        }),
        new("frame.ping", "A ping is answered with a pong of the same content.", Sources.Rfc + ", 5.5.2; disputed for AWS", Grade.C, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendFrameAsync(RawClient.Ping, "are you there?"u8.ToArray());
            var pong = await talk.FrameAsync();
            Check.Equal((RawClient.Pong, "are you there?"), (pong.Opcode, pong.Text));
        }),
        new("frame.ping-between", "A ping may come between fragments.", Sources.Rfc + ", 5.4", Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendFrameAsync(RawClient.Text, "Hel"u8.ToArray(), final: false);
            await talk.Client.SendFrameAsync(RawClient.Ping, []);
            await talk.Client.SendFrameAsync(RawClient.Continuation, "lo"u8.ToArray());
            Check.Equal("Hello", (await talk.MessageEventAsync()).Body);
        }),
        new("frame.pong", "A pong that nobody asked for is ignored.", Sources.Rfc + ", 5.5.3", Grade.G, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendFrameAsync(RawClient.Pong, "x"u8.ToArray());
            Check.Equal("still open", await talk.StillOpenAsync());
        }),
        Closes("not-masked", "A frame without a mask closes with 1002.", 1002, RawClient.FrameBytes(RawClient.Text, "x"u8.ToArray(), masked: false)),
        Closes("reserved-bit", "A reserved bit that nothing was agreed about closes with 1002.", 1002, RawClient.FrameBytes(RawClient.Text, "x"u8.ToArray(), reservedBits: 2)),
        Closes("reserved-opcode", "A reserved opcode closes with 1002.", 1002, RawClient.FrameBytes(0x3, [])),
        Closes("continuation-of-nothing", "A continuation of nothing closes with 1002.", 1002, RawClient.FrameBytes(RawClient.Continuation, "x"u8.ToArray())),
        Closes("text-in-fragments", "A new text inside a fragmented one closes with 1002.", 1002,
            [.. RawClient.FrameBytes(RawClient.Text, "x"u8.ToArray(), final: false), .. RawClient.FrameBytes(RawClient.Text, "x"u8.ToArray())]),
        Closes("ping-in-fragments", "A ping in fragments closes with 1002.", 1002, RawClient.FrameBytes(RawClient.Ping, [], final: false)),
        Closes("long-ping", "A ping of 126 bytes closes with 1002.", 1002, RawClient.FrameBytes(RawClient.Ping, new byte[126])),
        Closes("close-one-byte", "A close frame of one byte closes with 1002.", 1002, RawClient.FrameBytes(RawClient.Close, [3])),
        Closes("close-1005", "A close frame with the code 1005 closes with 1002.", 1002, RawClient.FrameBytes(RawClient.Close, [0x03, 0xED])),
        Closes("not-utf8", "Text that is not UTF-8 closes with 1007.", 1007, RawClient.FrameBytes(RawClient.Text, [0xC3, 0x28]), Sources.Rfc + ", 8.1"),
    ];

    private static Rule Closes(string id, string sentence, int code, byte[] bytes, string source = Sources.Rfc + ", 5.2 to 5.5", Grade grade = Grade.G) => new(
        $"frame.{id}", sentence, source, grade, async t =>
        {
            var talk = await t.ConnectAsync();
            await talk.Client.SendBytesAsync(bytes);
            Check.Equal(code, (await talk.ClosedAsync()).CloseCode);
        });

    private static byte[] Letters(int count) => [.. Enumerable.Range(0, count).Select(i => (byte)('a' + i % 26))];

    private static async Task FragmentsAsync(Conversation talk, params int[] sizes)
    {
        for (var i = 0; i < sizes.Length; i++)
            await talk.Client.SendFrameAsync(i == 0 ? RawClient.Text : RawClient.Continuation, Letters(sizes[i]), final: i == sizes.Length - 1);
    }
}
