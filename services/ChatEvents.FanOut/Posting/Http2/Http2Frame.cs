using System.Buffers.Binary;

namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>RFC 9113, 6.</summary>
internal enum Http2FrameType : byte
{
    Data = 0,
    Headers = 1,
    ResetStream = 3,
    Settings = 4,
    PushPromise = 5,
    Ping = 6,
    GoAway = 7,
    WindowUpdate = 8,
    Continuation = 9,
}

/// <summary>Bits of a frame's head; which of them a type has, RFC 9113, 6 tells.</summary>
internal static class Http2Flags
{
    public const byte None = 0;

    /// <summary>Of SETTINGS and PING.</summary>
    public const byte Ack = 0x1;

    /// <summary>Of DATA and HEADERS.</summary>
    public const byte EndStream = 0x1;

    public const byte EndHeaders = 0x4;
    public const byte Padded = 0x8;
    public const byte Priority = 0x20;
}

/// <summary>RFC 9113, 7.</summary>
internal enum Http2Error
{
    None = 0,
    Refused = 7,
    Cancel = 8,
}

/// <summary>RFC 9113, 6.5.2: those that matter to a client that keeps no table of headers and takes no pushes.</summary>
internal enum Http2Setting : ushort
{
    HeaderTableSize = 1,
    EnablePush = 2,
    MaxConcurrentStreams = 3,
    InitialWindowSize = 4,
    MaxHeaderListSize = 6,
}

/// <summary>The 9 bytes before each frame (RFC 9113, 4.1).</summary>
internal readonly record struct Http2FrameHead(int Length, Http2FrameType Type, byte Flags, int Stream)
{
    public const int Size = 9;

    /// <summary>What each side takes without being asked (RFC 9113, 4.2); ours is never raised, and theirs not used beyond it.</summary>
    public const int MaxLength = 16_384;

    /// <summary>Of each entry of a SETTINGS frame (RFC 9113, 6.5.1).</summary>
    public const int SettingSize = 6;

    public bool Has(byte flag) => (Flags & flag) != 0;

    public static Http2FrameHead Read(ReadOnlySpan<byte> from) => new(
        (from[0] << 16) | (from[1] << 8) | from[2],
        (Http2FrameType)from[3],
        from[4],
        BinaryPrimitives.ReadInt32BigEndian(from[5..]) & int.MaxValue);

    public void Write(Span<byte> to)
    {
        to[0] = (byte)(Length >> 16);
        to[1] = (byte)(Length >> 8);
        to[2] = (byte)Length;
        to[3] = (byte)Type;
        to[4] = Flags;
        BinaryPrimitives.WriteInt32BigEndian(to[5..], Stream);
    }

    /// <summary>What is left of a HEADERS frame's payload without padding and priority (RFC 9113, 6.2).</summary>
    /// <exception cref="InvalidDataException">It is shorter than these.</exception>
    public ReadOnlySpan<byte> WithoutPadding(ReadOnlySpan<byte> payload)
    {
        var before = (Has(Http2Flags.Padded) ? 1 : 0) + (Has(Http2Flags.Priority) ? 5 : 0);
        var behind = Has(Http2Flags.Padded) && !payload.IsEmpty ? payload[0] : 0;
        return before + behind <= payload.Length ? payload[before..^behind] : throw Broken();
    }

    /// <summary>The first 4 bytes of a payload.</summary>
    /// <exception cref="InvalidDataException">It is shorter.</exception>
    public static int ReadNumber(ReadOnlySpan<byte> payload) =>
        BinaryPrimitives.TryReadInt32BigEndian(payload, out var number) ? number : throw Broken();

    public static InvalidDataException Broken() => new("The gateway's answer is no HTTP/2.");
}
