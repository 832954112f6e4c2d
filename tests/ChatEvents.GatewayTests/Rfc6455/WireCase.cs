using System.Text;

namespace ChatEvents.GatewayTests.Rfc6455;

/// <summary>Bytes that a client writes after its handshake, and the frames that must come back, in this order.</summary>
/// <param name="Id">Section, subsection and number, in the order in which test suites for WebSocket servers usually number these rules.</param>
/// <param name="What">The rule, in words.</param>
/// <param name="Writes">What is written, one after the other.</param>
/// <param name="Answers">
/// What comes back. Where none of them is a close frame, the client closes with 1000 afterwards, and nothing may come before the answer to that.
/// </param>
internal sealed record WireCase(string Id, string What, byte[][] Writes, Answer[] Answers);

/// <summary>A message or control frame from the gateway.</summary>
/// <param name="Opcode">Of the first frame.</param>
/// <param name="Payload">Of the whole message. Of a close frame only the code counts.</param>
/// <param name="IsCertain">
/// False for the echo of a message after which the client breaks a rule: the connection may end before the function has answered.
/// </param>
internal sealed record Answer(byte Opcode, byte[] Payload, bool IsCertain = true)
{
    /// <summary>What the function answers to a text: never empty, because an empty body is not sent.</summary>
    public static Answer Echo(string text) => new(RawClient.Text, Encoding.UTF8.GetBytes($"[{text}]"));

    public static Answer PerhapsEcho(string text) => Echo(text) with { IsCertain = false };

    public static Answer Pong(byte[] payload) => new(RawClient.Pong, payload);

    /// <summary>1005 stands for a close frame without a code.</summary>
    public static Answer Close(int code) => new(RawClient.Close, [(byte)(code >> 8), (byte)code]);

    public bool Matches(Frame frame) =>
        frame.Opcode == Opcode && (Opcode == RawClient.Close ? frame.CloseCode == new Frame(Opcode, true, false, Payload).CloseCode : frame.Payload.AsSpan().SequenceEqual(Payload));

    public override string ToString() => $"{Opcode}:{Convert.ToHexString(Payload)}";
}

/// <summary>Words for the bytes of a client.</summary>
internal static class Bytes
{
    public static byte[] Text(string text, bool final = true, byte reserved = 0) => Text(Encoding.UTF8.GetBytes(text), final, reserved);

    public static byte[] Text(byte[] text, bool final = true, byte reserved = 0) =>
        RawClient.FrameBytes(RawClient.Text, text, final, reservedBits: reserved);

    public static byte[] Rest(string text, bool final = true) => Rest(Encoding.UTF8.GetBytes(text), final);

    public static byte[] Rest(byte[] text, bool final = true) => RawClient.FrameBytes(RawClient.Continuation, text, final);

    public static byte[] Ping(string payload = "") => RawClient.FrameBytes(RawClient.Ping, Encoding.UTF8.GetBytes(payload));

    public static byte[] Pong(string payload = "") => RawClient.FrameBytes(RawClient.Pong, Encoding.UTF8.GetBytes(payload));

    public static byte[] Close(int code, string reason = "") =>
        RawClient.FrameBytes(RawClient.Close, [(byte)(code >> 8), (byte)code, .. Encoding.UTF8.GetBytes(reason)]);

    /// <summary>A message in frames of at most so many bytes.</summary>
    public static byte[][] Fragments(byte[] message, int size) =>
    [
        .. message.Chunk(size).Select((part, i) => i == 0
            ? Text(part, final: part.Length == message.Length)
            : Rest(part, final: (i + 1) * size >= message.Length)),
    ];

    public static byte[] Joined(params byte[][] frames) => [.. frames.SelectMany(frame => frame)];

    /// <summary>Written in parts of so many bytes, wherever the frames begin and end.</summary>
    public static byte[][] InParts(int size, params byte[][] frames) => [.. Joined(frames).Chunk(size)];
}
