using System.Buffers;
using System.Buffers.Binary;

namespace ChatEvents.LocalGateway.WebSockets;

/// <summary>The header of a frame from a client: flags, length and mask (RFC 6455, section 5.2).</summary>
internal readonly record struct FrameHeader(
    bool Final, bool Compressed, bool ReservedBits, Opcode Opcode, bool Masked, ulong PayloadLength, uint Mask, int Size)
{
    private const int LargestSize = 14;

    public bool IsControl => Opcode >= Opcode.Close;

    /// <summary>False when the buffer does not hold the whole header yet.</summary>
    public static bool TryParse(in ReadOnlySequence<byte> buffer, out FrameHeader header)
    {
        Span<byte> bytes = stackalloc byte[LargestSize];
        var available = (int)Math.Min(LargestSize, buffer.Length);
        buffer.Slice(0, available).CopyTo(bytes);
        header = default;
        if (available < 2)
            return false;

        var masked = (bytes[1] & 0x80) != 0;
        var shortLength = bytes[1] & 0x7F;
        var lengthSize = shortLength switch { 126 => 2, 127 => 8, _ => 0 };
        var size = 2 + lengthSize + (masked ? 4 : 0);
        if (available < size)
            return false;

        var length = lengthSize switch
        {
            2 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            8 => BinaryPrimitives.ReadUInt64BigEndian(bytes[2..]),
            _ => (ulong)shortLength,
        };
        // Native byte order: the mask is XORed over bytes in their order on the wire.
        var mask = masked ? BitConverter.ToUInt32(bytes[(size - 4)..]) : 0;
        header = new FrameHeader(
            (bytes[0] & 0x80) != 0, (bytes[0] & 0x40) != 0, (bytes[0] & 0x30) != 0, (Opcode)(bytes[0] & 0x0F), masked, length, mask, size);
        return true;
    }

    public void Unmask(Span<byte> payload)
    {
        var whole = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, uint>(payload);
        for (var i = 0; i < whole.Length; i++)
            whole[i] ^= Mask;
        for (var i = whole.Length * 4; i < payload.Length; i++)
            payload[i] ^= (byte)(Mask >> (8 * (i % 4)));
    }
}
