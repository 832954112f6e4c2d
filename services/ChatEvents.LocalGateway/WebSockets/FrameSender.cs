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
/// Writes frames in the order in which they were accepted. There is no writing task and no queue while nothing waits: whoever sends
/// to an idle connection writes at once, and those who come meanwhile leave their frames to that writer.
/// </summary>
internal sealed class FrameSender(Stream stream, int bufferSize)
{
    private readonly Lock _gate = new();
    private Queue<OutboundFrame>? _waiting;
    private int _waitingBytes;
    private bool _writing;
    private bool _closed;

    public SendOutcome Send(OutboundFrame frame, bool last = false, bool mayExceedBuffer = false)
    {
        lock (_gate)
        {
            if (_closed)
                return Refuse(frame, SendOutcome.Closed);
            _closed = last;
            if (_writing)
            {
                if (!last && !mayExceedBuffer && _waitingBytes + frame.Length > bufferSize)
                    return Refuse(frame, SendOutcome.BufferFull);
                (_waiting ??= new()).Enqueue(frame);
                _waitingBytes += frame.Length;
                return SendOutcome.Accepted;
            }

            _writing = true;
        }

        Written = WriteAsync(frame);
        return SendOutcome.Accepted;
    }

    /// <summary>Completes when everything accepted so far is written or the connection broke. Never fails.</summary>
    public Task Written { get; private set; } = Task.CompletedTask;

    private static SendOutcome Refuse(OutboundFrame frame, SendOutcome outcome)
    {
        frame.Release();
        return outcome;
    }

    private async Task WriteAsync(OutboundFrame frame)
    {
        while (true)
        {
            try
            {
                await stream.WriteAsync(frame.Bytes);
            }
            catch (Exception e) when (BrokenConnection.Is(e))
            {
                // The reading side sees the same break and ends the connection; here only the rest is dropped.
                lock (_gate)
                    _closed = true;
            }
            finally
            {
                frame.Release();
            }

            lock (_gate)
            {
                if (_waiting is null || !_waiting.TryDequeue(out frame))
                {
                    _waiting = null;
                    _writing = false;
                    return;
                }

                _waitingBytes -= frame.Length;
            }
        }
    }
}
