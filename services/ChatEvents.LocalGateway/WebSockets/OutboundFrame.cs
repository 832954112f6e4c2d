using System.Buffers;
using System.Buffers.Binary;
using System.Text;

namespace ChatEvents.LocalGateway.WebSockets;

/// <summary>
/// One message or control frame in a pooled buffer, ready for the wire. The payload is read into the buffer after a gap, and the header
/// is written into the gap, so that a posted message is copied only once.
/// </summary>
internal readonly struct OutboundFrame
{
    /// <summary>The largest header of a server's frame: two bytes, eight of length, no mask.</summary>
    public const int Gap = 10;

    private readonly byte[] _buffer;
    private readonly int _start;

    private OutboundFrame(byte[] buffer, int start, int length) => (_buffer, _start, Length) = (buffer, start, length);

    public int Length { get; }

    /// <summary>Of the message before it was compressed or split. Null for a control frame.</summary>
    public int? TextLength { get; private init; }

    public ReadOnlyMemory<byte> Bytes => _buffer.AsMemory(_start, Length);

    public void Release() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <summary>Takes over a rented buffer that holds the text from <see cref="Gap"/> on.</summary>
    public static OutboundFrame Text(byte[] rented, int textLength, int frameLimit, bool deflate)
    {
        var original = textLength;
        if (deflate)
        {
            var deflated = PermessageDeflate.Deflate(rented.AsSpan(Gap, textLength));
            ArrayPool<byte>.Shared.Return(rented);
            rented = Rent(deflated, out textLength);
        }

        var frame = textLength <= frameLimit
            ? InPlace(rented, textLength, Opcode.Text, deflate)
            : Fragmented(rented, textLength, frameLimit, deflate);
        return frame with { TextLength = original };
    }

    public static OutboundFrame Text(string text) =>
        InPlace(Rent(Encoding.UTF8.GetBytes(text), out var length), length, Opcode.Text, false) with { TextLength = length };

    public static OutboundFrame Pong(ReadOnlySpan<byte> payload) => InPlace(Rent(payload, out var length), length, Opcode.Pong, false);

    public static OutboundFrame Close(CloseStatus status)
    {
        Span<byte> payload = stackalloc byte[125];
        var length = 0;
        if (status.MayBeSent)
        {
            BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)status.Code);
            length = 2 + Encoding.UTF8.GetBytes(status.Reason, payload[2..]);
        }

        return InPlace(Rent(payload[..length], out length), length, Opcode.Close, false);
    }

    public static byte[] RentFor(int textLength) => ArrayPool<byte>.Shared.Rent(Gap + textLength);

    private static byte[] Rent(ReadOnlySpan<byte> payload, out int length)
    {
        var rented = RentFor(payload.Length);
        payload.CopyTo(rented.AsSpan(Gap));
        length = payload.Length;
        return rented;
    }

    private static OutboundFrame InPlace(byte[] rented, int length, Opcode opcode, bool compressed)
    {
        var size = HeaderSize(length);
        WriteHeader(rented.AsSpan(Gap - size), length, opcode, final: true, compressed);
        return new OutboundFrame(rented, Gap - size, size + length);
    }

    private static OutboundFrame Fragmented(byte[] rented, int length, int frameLimit, bool compressed)
    {
        var fragments = (length + frameLimit - 1) / frameLimit;
        var output = ArrayPool<byte>.Shared.Rent(length + fragments * Gap);
        var written = 0;
        for (var offset = 0; offset < length; offset += frameLimit)
        {
            var part = rented.AsSpan(Gap + offset, Math.Min(frameLimit, length - offset));
            var isFirst = offset == 0;
            WriteHeader(
                output.AsSpan(written), part.Length, isFirst ? Opcode.Text : Opcode.Continuation, offset + part.Length == length,
                isFirst && compressed);
            written += HeaderSize(part.Length);
            part.CopyTo(output.AsSpan(written));
            written += part.Length;
        }

        ArrayPool<byte>.Shared.Return(rented);
        return new OutboundFrame(output, 0, written);
    }

    private static int HeaderSize(int length) => length switch { <= 125 => 2, <= ushort.MaxValue => 4, _ => 10 };

    private static void WriteHeader(Span<byte> target, int length, Opcode opcode, bool final, bool compressed)
    {
        target[0] = (byte)((final ? 0x80 : 0) | (compressed ? 0x40 : 0) | (byte)opcode);
        switch (HeaderSize(length))
        {
            case 2:
                target[1] = (byte)length;
                break;
            case 4:
                target[1] = 126;
                BinaryPrimitives.WriteUInt16BigEndian(target[2..], (ushort)length);
                break;
            default:
                target[1] = 127;
                BinaryPrimitives.WriteUInt64BigEndian(target[2..], (ulong)length);
                break;
        }
    }
}
