namespace ChatEvents.LocalGateway.WebSockets;

internal enum SendOutcome
{
    Accepted,

    /// <summary>The client does not read: what waits for it would exceed its send buffer.</summary>
    BufferFull,

    /// <summary>A close frame was sent or the connection broke.</summary>
    Closed,
}

/// <summary>
/// Writes frames in the order in which they were accepted. An idle connection has no writer task and no queue: the first sender writes
/// directly, and senders that arrive during that write leave their frames in a queue for it.
/// </summary>
internal sealed class FrameSender(int bufferSize)
{
    private readonly Lock _gate = new();
    private Stream? _stream;
    private Queue<OutboundFrame>? _waiting;
    private TaskCompletionSource? _written;
    private int _waitingBytes;
    private bool _writing = true; // until there is a stream, frames wait for it
    private bool _closed;

    public void Open(Stream stream)
    {
        _stream = stream;
        if (TryTakeNext(out var first))
            _ = WriteAsync(stream, first);
    }

    /// <summary>Takes ownership of the frame. No frame is accepted after the <paramref name="last"/> one.</summary>
    public SendOutcome Send(OutboundFrame frame, bool last = false)
    {
        lock (_gate)
        {
            if (_closed)
                return Refuse(frame, SendOutcome.Closed);
            if (_writing)
            {
                if (!last && _waitingBytes + frame.Length > bufferSize)
                    return Refuse(frame, SendOutcome.BufferFull);
                (_waiting ??= new()).Enqueue(frame);
                _waitingBytes += frame.Length;
                _closed = last;
                return SendOutcome.Accepted;
            }

            _closed = last;
            _writing = true;
        }

        _ = WriteAsync(_stream!, frame);
        return SendOutcome.Accepted;
    }

    /// <summary>Completes when everything accepted so far is written or the connection broke. Never fails.</summary>
    public Task WhenWrittenAsync()
    {
        lock (_gate)
            return _writing ? (_written ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task : Task.CompletedTask;
    }

    private static SendOutcome Refuse(OutboundFrame frame, SendOutcome outcome)
    {
        frame.Release();
        return outcome;
    }

    private async Task WriteAsync(Stream stream, OutboundFrame frame)
    {
        do
        {
            try
            {
                await stream.WriteAsync(frame.Bytes);
            }
            catch (Exception e) when (BrokenConnection.Is(e))
            {
                // The reading side notices too and ends the connection. Waiting frames are dropped here one by one.
                lock (_gate)
                    _closed = true;
            }
            finally
            {
                frame.Release();
            }
        }
        while (TryTakeNext(out frame));
    }

    private bool TryTakeNext(out OutboundFrame frame)
    {
        lock (_gate)
        {
            if (_waiting is not null && _waiting.TryDequeue(out frame))
            {
                _waitingBytes -= frame.Length;
                return true;
            }

            frame = default;
            _waiting = null;
            _writing = false;
            _written?.SetResult();
            _written = null;
            return false;
        }
    }
}
