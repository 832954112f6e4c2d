using System.Buffers.Binary;

namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>
/// Frames on their way to the gateway. Those that are added while others are being written, or before the next
/// <see cref="Flush"/>, go together in one write: that is what makes a post over HTTP/2 cheap.
/// </summary>
internal sealed class Http2Sender(Stream stream, Action<Exception> onFailure, CancellationToken closing) : IThreadPoolWorkItem
{
    private static readonly byte[] Preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"u8.ToArray();

    private readonly Lock _gate = new();
    private byte[] _filling = new byte[16 * 1_024];
    private byte[] _writing = new byte[16 * 1_024];
    private int _filled;
    private bool _isFlushing; // or is going to

    public void AddPreface(params ReadOnlySpan<(Http2Setting Setting, int Value)> settings)
    {
        lock (_gate)
        {
            Preface.CopyTo(Reserve(Preface.Length));
            var length = settings.Length * Http2FrameHead.SettingSize;
            var payload = AddFrame(new Http2FrameHead(length, Http2FrameType.Settings, Http2Flags.None, 0));
            foreach (var (setting, value) in settings)
            {
                BinaryPrimitives.WriteUInt16BigEndian(payload, (ushort)setting);
                BinaryPrimitives.WriteInt32BigEndian(payload[2..], value);
                payload = payload[Http2FrameHead.SettingSize..];
            }
        }
    }

    public void AddHeaders(int stream, ReadOnlySpan<byte> block, bool isWholeRequest)
    {
        var type = Http2FrameType.Headers;
        var flags = isWholeRequest ? Http2Flags.EndStream : Http2Flags.None;
        lock (_gate)
        {
            do
            {
                var length = Math.Min(block.Length, Http2FrameHead.MaxLength);
                if (length == block.Length)
                    flags |= Http2Flags.EndHeaders;
                block[..length].CopyTo(AddFrame(new Http2FrameHead(length, type, flags, stream)));
                block = block[length..];
                (type, flags) = (Http2FrameType.Continuation, Http2Flags.None);
            }
            while (!block.IsEmpty);
        }
    }

    public void AddData(int stream, ReadOnlySpan<byte> part, bool isLast)
    {
        lock (_gate)
        {
            var flags = isLast ? Http2Flags.EndStream : Http2Flags.None;
            part.CopyTo(AddFrame(new Http2FrameHead(part.Length, Http2FrameType.Data, flags, stream)));
        }
    }

    public void AddReset(int stream, Http2Error error) => AddNumber(Http2FrameType.ResetStream, stream, (int)error);

    public void AddWindowUpdate(int stream, int bytes) => AddNumber(Http2FrameType.WindowUpdate, stream, bytes);

    public void AddSettingsAck()
    {
        lock (_gate) AddFrame(new Http2FrameHead(0, Http2FrameType.Settings, Http2Flags.Ack, 0));
    }

    public void AddPingAck(ReadOnlySpan<byte> ping)
    {
        lock (_gate) ping.CopyTo(AddFrame(new Http2FrameHead(ping.Length, Http2FrameType.Ping, Http2Flags.Ack, 0)));
    }

    /// <summary>Writes what was added, on this thread as far as the socket takes it at once.</summary>
    public void Flush()
    {
        if (TryBeginFlush())
            _ = WriteAsync();
    }

    /// <summary>Writes what was added when the thread pool has done what it has to do already, which may add more.</summary>
    public void FlushSoon()
    {
        if (TryBeginFlush())
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    void IThreadPoolWorkItem.Execute() => _ = WriteAsync();

    private bool TryBeginFlush()
    {
        lock (_gate)
        {
            if (_isFlushing || _filled == 0)
                return false;
            return _isFlushing = true;
        }
    }

    private async Task WriteAsync()
    {
        try
        {
            while (TakeFilled() is { IsEmpty: false } frames)
            {
                await stream.WriteAsync(frames, closing).ConfigureAwait(false);
            }
        }
        catch (Exception failure) when (failure is IOException or ObjectDisposedException or OperationCanceledException)
        {
            onFailure(failure); // nothing is written any more: a flush stays under way for ever
        }
    }

    private ReadOnlyMemory<byte> TakeFilled()
    {
        lock (_gate)
        {
            if (_filled == 0)
            {
                _isFlushing = false;
                return default;
            }

            (_filling, _writing) = (_writing, _filling);
            var frames = _writing.AsMemory(0, _filled);
            _filled = 0;
            return frames;
        }
    }

    private void AddNumber(Http2FrameType type, int stream, int number)
    {
        lock (_gate) BinaryPrimitives.WriteInt32BigEndian(AddFrame(new Http2FrameHead(sizeof(int), type, Http2Flags.None, stream)), number);
    }

    /// <returns>Where the payload goes.</returns>
    private Span<byte> AddFrame(Http2FrameHead head)
    {
        var frame = Reserve(Http2FrameHead.Size + head.Length);
        head.Write(frame);
        return frame[Http2FrameHead.Size..];
    }

    private Span<byte> Reserve(int length)
    {
        if (_filled + length > _filling.Length)
            Array.Resize(ref _filling, Math.Max(_filled + length, 2 * _filling.Length));
        var reserved = _filling.AsSpan(_filled, length);
        _filled += length;
        return reserved;
    }
}
