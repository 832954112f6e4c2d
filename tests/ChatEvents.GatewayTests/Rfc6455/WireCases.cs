using System.Text;
using static ChatEvents.GatewayTests.Rfc6455.Answer;
using static ChatEvents.GatewayTests.Rfc6455.Bytes;

namespace ChatEvents.GatewayTests.Rfc6455;

/// <summary>The rules of RFC 6455 about framing, control frames, reserved bits and opcodes, fragments and closing.</summary>
internal static class WireCases
{
    private static readonly byte[] NoText = [0x00, 0xFF, 0xFE, 0xFD, 0xFC, 0xFB, 0x00, 0xFF];

    public static IEnumerable<WireCase> All =>
        [.. Framing(), .. PingsAndPongs(), .. ReservedBits(), .. ReservedOpcodes(), .. Fragmentation(), .. Utf8Cases.All, .. Closing(), .. LongMessages()];

    private static IEnumerable<WireCase> Framing()
    {
        int[] lengths = [0, 125, 126, 127, 128, 65535, 65536];
        for (var i = 0; i < lengths.Length; i++)
        {
            var text = Letters(lengths[i]);
            yield return new($"1.1.{i + 1}", $"a text of {text.Length} bytes", [Text(text)], [Echo(text)]);
            // API Gateway takes no binary frames: the code says so, whatever the length.
            yield return new(
                $"1.2.{i + 1}", $"a binary frame of {text.Length} bytes", [RawClient.FrameBytes(RawClient.Binary, Encoding.ASCII.GetBytes(text))], [Close(1003)]);
        }

        yield return new("1.1.8", "a text of 65536 bytes, written in parts of 997", InParts(997, Text(Letters(65536))), [Echo(Letters(65536))]);
        yield return new("1.2.8", "a binary message in fragments", [RawClient.FrameBytes(RawClient.Binary, [1], final: false), Rest([2])], [Close(1003)]);
    }

    private static IEnumerable<WireCase> PingsAndPongs()
    {
        var longest = new string('p', 125);
        string[] ten = [.. Enumerable.Range(0, 10).Select(i => $"payload-{i}")];
        yield return new("2.1", "a ping without payload", [Ping()], [Pong([])]);
        yield return new("2.2", "a ping with text", [Ping("Hello, world!")], [Echoed("Hello, world!")]);
        yield return new("2.3", "a ping with bytes that are no text", [RawClient.FrameBytes(RawClient.Ping, NoText)], [Answer.Pong(NoText)]);
        yield return new("2.4", "a ping of 125 bytes", [Ping(longest)], [Echoed(longest)]);
        yield return new("2.5", "a ping of 126 bytes", [Ping(longest + "p")], [Close(1002)]);
        yield return new("2.6", "a ping of 125 bytes, byte by byte", InParts(1, Ping(longest)), [Echoed(longest)]);
        yield return new("2.7", "a pong without payload that nobody asked for", [Bytes.Pong()], []);
        yield return new("2.8", "a pong with text that nobody asked for", [Bytes.Pong("unasked")], []);
        yield return new("2.9", "a pong that nobody asked for, then a ping", [Bytes.Pong("unasked"), Ping("ping")], [Echoed("ping")]);
        yield return new("2.10", "ten pings at once", [Joined([.. ten.Select(Ping)])], [.. ten.Select(Echoed)]);
        yield return new("2.11", "ten pings, byte by byte", InParts(1, [.. ten.Select(Ping)]), [.. ten.Select(Echoed)]);
    }

    private static IEnumerable<WireCase> ReservedBits()
    {
        Answer[] closed = [PerhapsEcho("Hello"), Close(1002)];
        byte[][] second = [Text("Hello"), Text("Hello", reserved: 2), Ping()];
        byte[][] third = [Text("Hello"), Text("Hello", reserved: 3), Ping()];
        yield return new("3.1", "bit 1 of a text", [Text("Hello", reserved: 1)], [Close(1002)]);
        yield return new("3.2", "bit 2 of a text after one that is fine, then a ping", second, closed);
        yield return new("3.3", "bits 2 and 1 of a text after one that is fine, all at once", [Joined(third)], closed);
        yield return new("3.4", "bit 3 of a text after one that is fine, byte by byte", InParts(1, Text("Hello"), Text("Hello", reserved: 4), Ping()), closed);
        yield return new("3.5", "bits 3 and 1 of a binary frame", [RawClient.FrameBytes(RawClient.Binary, NoText, reservedBits: 5)], [Close(1002)]);
        yield return new("3.6", "bits 3 and 2 of a ping", [RawClient.FrameBytes(RawClient.Ping, [1], reservedBits: 6)], [Close(1002)]);
        yield return new("3.7", "all bits of a close frame", [RawClient.FrameBytes(RawClient.Close, [], reservedBits: 7)], [Close(1002)]);
    }

    private static IEnumerable<WireCase> ReservedOpcodes()
    {
        foreach (var (group, first) in ((string, byte)[])[("4.1", 0x3), ("4.2", 0xB)])
        {
            for (var i = 0; i < 5; i++)
            {
                var opcode = (byte)(first + i);
                byte[] alone = RawClient.FrameBytes(opcode, i % 2 == 0 ? [] : Encoding.ASCII.GetBytes("reserved"));
                yield return Case(group, 3 * i + 1, $"opcode {opcode:X}", [alone], [Close(1002)]);
                byte[][] between = [Text("Hello"), alone, Ping()];
                yield return Case(group, 3 * i + 2, $"opcode {opcode:X} after a text, then a ping", between, [PerhapsEcho("Hello"), Close(1002)]);
                yield return Case(group, 3 * i + 3, $"opcode {opcode:X} after a text, byte by byte", InParts(1, between), [PerhapsEcho("Hello"), Close(1002)]);
            }
        }

        static WireCase Case(string group, int number, string what, byte[][] writes, Answer[] answers) => new($"{group}.{number}", what, writes, answers);
    }

    private static IEnumerable<WireCase> Fragmentation()
    {
        byte[] first = Text("fragment1", final: false), last = Rest("fragment2"), ping = Ping("between");
        byte[] continued = Rest("never begun"), continuedFurther = Rest("never begun", final: false);
        var whole = Echo("fragment1fragment2");
        Answer[] helloAndClosed = [PerhapsEcho("Hello"), Close(1002)];
        yield return new("5.1", "a ping in two fragments", [RawClient.FrameBytes(RawClient.Ping, [1], final: false), Rest([2])], [Close(1002)]);
        yield return new("5.2", "a pong in two fragments", [RawClient.FrameBytes(RawClient.Pong, [1], final: false), Rest([2])], [Close(1002)]);
        yield return new("5.3", "a text in two fragments", [first, last], [whole]);
        yield return new("5.4", "a text in two fragments at once", [Joined(first, last)], [whole]);
        yield return new("5.5", "a text in two fragments, byte by byte", InParts(1, first, last), [whole]);
        yield return new("5.6", "a ping between two fragments", [first, ping, last], [Echoed("between"), whole]);
        yield return new("5.7", "a ping between two fragments, at once", [Joined(first, ping, last)], [Echoed("between"), whole]);
        yield return new("5.8", "a ping between two fragments, byte by byte", InParts(1, first, ping, last), [Echoed("between"), whole]);
        yield return new("5.9", "the end of a message that never began, then a text", [continued, Text("Hello")], [Close(1002)]);
        yield return new("5.10", "the end of a message that never began, then a text, at once", [Joined(continued, Text("Hello"))], [Close(1002)]);
        yield return new("5.11", "the end of a message that never began, then a text, byte by byte", InParts(1, continued, Text("Hello")), [Close(1002)]);
        yield return new("5.12", "the middle of a message that never began, then a text", [continuedFurther, Text("Hello")], [Close(1002)]);
        yield return new("5.13", "the middle of a message that never began, then a text, at once", [Joined(continuedFurther, Text("Hello"))], [Close(1002)]);
        yield return new("5.14", "the middle of a message that never began, then a text, byte by byte", InParts(1, continuedFurther, Text("Hello")), [Close(1002)]);
        yield return new("5.15", "a message, then the middle of one that never began", [first, last, continuedFurther, Text("Hello")], [PerhapsEcho("fragment1fragment2"), Close(1002)]);
        yield return new("5.16", "twice the middle of a message that never began, and then its beginning", [continuedFurther, first, last, continuedFurther, first, last], [Close(1002)]);
        yield return new("5.17", "twice the end of a message that never began, and then its beginning", [continued, first, last, continued, first, last], [Close(1002)]);
        yield return new("5.18", "a text inside a text in fragments", [first, Text("fragment2")], [Close(1002)]);

        byte[][] five =
        [
            Text("fragment1", final: false), Rest("fragment2", final: false), Ping("one"), Rest("fragment3", final: false),
            Rest("fragment4", final: false), Ping("two"), Rest("fragment5"),
        ];
        Answer[] answered = [Echoed("one"), Echoed("two"), Echo("fragment1fragment2fragment3fragment4fragment5")];
        yield return new("5.19", "a text in five fragments with two pings", five, answered);
        yield return new("5.20", "a text in five fragments with two pings, byte by byte", InParts(1, five), answered);
        yield return new("5.21", "a text, then the end of a message that never began", [Text("Hello"), continued], helloAndClosed);
        yield return new("5.22", "a frame that is not masked", [RawClient.FrameBytes(RawClient.Text, [0x78], masked: false)], [Close(1002)]);
        yield return new("5.23", "a length of 64 bits whose highest one is set", [[0x81, 0xFF, 0x80, .. new byte[11]]], [Close(1002)]);
    }

    private static IEnumerable<WireCase> Closing()
    {
        byte[] closed = Bytes.Close(1000, "done");
        yield return new("7.1.1", "a text, then a close frame", [Text("Hello"), closed], [PerhapsEcho("Hello"), Close(1000)]);
        yield return new("7.1.2", "two close frames", [closed, closed], [Close(1000)]);
        yield return new("7.1.3", "a ping after the close frame", [closed, Ping("late")], [Close(1000)]);
        yield return new("7.1.4", "a text after the close frame", [closed, Text("late")], [Close(1000)]);
        yield return new("7.1.5", "a close frame between fragments", [Text("fragment1", final: false), closed, Rest("fragment2")], [Close(1000)]);
        yield return new(
            "7.1.6", "a long text, a close frame, a ping, at once", [Joined(Text(Letters(100_000)), closed, Ping("late"))], [PerhapsEcho(Letters(100_000)), Close(1000)]);

        yield return new("7.3.1", "a close frame without payload", [RawClient.FrameBytes(RawClient.Close, [])], [Close(1005)]);
        yield return new("7.3.2", "a close frame of one byte", [RawClient.FrameBytes(RawClient.Close, [3])], [Close(1002)]);
        yield return new("7.3.3", "a close frame with a code", [Bytes.Close(1000)], [Close(1000)]);
        yield return new("7.3.4", "a close frame with a code and a reason", [Bytes.Close(1000, "Hello World!")], [Close(1000)]);
        yield return new("7.3.5", "a close frame with a reason of 123 bytes", [Bytes.Close(1000, new string('r', 123))], [Close(1000)]);
        yield return new("7.3.6", "a close frame with a reason of 124 bytes", [Bytes.Close(1000, new string('r', 124))], [Close(1002)]);
        yield return new("7.3.7", "a close frame, byte by byte", InParts(1, Bytes.Close(1000, "Hello World!")), [Close(1000)]);
        yield return new("7.5.1", "a reason that is not UTF-8", [RawClient.FrameBytes(RawClient.Close, [0x03, 0xE8, 0xCE, 0xBA, 0xED, 0xA0, 0x80])], [Close(1007)]);

        int[] valid = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999];
        for (var i = 0; i < valid.Length; i++)
            yield return new($"7.7.{i + 1}", $"the code {valid[i]}", [Bytes.Close(valid[i])], [Close(valid[i])]);

        int[] invalid = [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535];
        for (var i = 0; i < invalid.Length; i++)
        {
            yield return new($"7.9.{i + 1}", $"the code {invalid[i]}", [Bytes.Close(invalid[i])], [Close(1002)]);
            yield return new($"7.13.{i + 1}", $"the code {invalid[i]} with a reason", [Bytes.Close(invalid[i], "why")], [Close(1002)]);
        }
    }

    private static IEnumerable<WireCase> LongMessages()
    {
        var text = Letters(65536);
        yield return new("10.1.1", "a text of 64 KB in fragments of 1300 bytes", Fragments(Encoding.ASCII.GetBytes(text), 1300), [Echo(text)]);
    }

    private static Answer Echoed(string payload) => Answer.Pong(Encoding.UTF8.GetBytes(payload));

    private static string Letters(int length) => string.Create(length, 0, (span, _) => span.Fill('*'));
}
