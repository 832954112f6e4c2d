namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>Takes frames from what the gateway sends.</summary>
internal sealed class Http2Receiver(Stream stream)
{
    private readonly byte[] _buffer = new byte[2 * (Http2FrameHead.Size + Http2FrameHead.MaxLength)];
    private int _start;
    private int _end;

    /// <summary>Waits for more bytes.</summary>
    /// <exception cref="EndOfStreamException">There are none: the gateway closed the connection.</exception>
    public async ValueTask ReceiveAsync(CancellationToken closing)
    {
        if (_start > 0)
        {
            Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
            _end -= _start;
            _start = 0;
        }

        var count = await stream.ReadAsync(_buffer.AsMemory(_end), closing).ConfigureAwait(false);
        if (count == 0)
            throw new EndOfStreamException("The gateway closed the connection without an answer.");
        _end += count;
    }

    /// <summary>The next frame of those that are there as a whole. Its payload is good until the next <see cref="ReceiveAsync"/>.</summary>
    /// <exception cref="InvalidDataException">It is longer than was agreed on.</exception>
    public bool TryTake(out Http2FrameHead head, out ReadOnlySpan<byte> payload)
    {
        head = default;
        payload = default;
        if (_end - _start < Http2FrameHead.Size)
            return false;

        head = Http2FrameHead.Read(_buffer.AsSpan(_start));
        if (head.Length > Http2FrameHead.MaxLength)
            throw Http2FrameHead.Broken();
        if (_end - _start < Http2FrameHead.Size + head.Length)
            return false;

        payload = _buffer.AsSpan(_start + Http2FrameHead.Size, head.Length);
        _start += Http2FrameHead.Size + head.Length;
        return true;
    }
}
