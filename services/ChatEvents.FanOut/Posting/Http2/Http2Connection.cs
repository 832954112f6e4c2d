namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>
/// One HTTP/2 connection to the gateway (RFC 9113), for as many requests at once as the gateway allows. What many posts have to say goes
/// in one write and what many answers say comes in one read, which is most of what a post costs (docs/performance.md).
/// </summary>
internal sealed class Http2Connection : GatewayConnection
{
    /// <summary>A longer head is none that API Gateway sends.</summary>
    private const int LongestHead = 32 * 1_024;

    /// <summary>How exact time limits are kept: one timer for all streams costs less than one each.</summary>
    private static readonly TimeSpan TickPeriod = TimeSpan.FromMilliseconds(50);

    private readonly Stream _stream;
    private readonly Http2Sender _sender;
    private readonly Http2Receiver _receiver;
    private readonly Http2Streams _streams;
    private readonly CancellationTokenSource _closing = new();
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ITimer _ticks;
    private int _isClosed;
    private int _dispatchingThread;

    // A head that takes several frames.
    private Http2FrameHead _unfinishedHead;
    private readonly List<byte> _unfinishedBlock = [];

    private Http2Connection(Stream stream, RequestHeads heads, TimeProvider time)
    {
        _stream = stream;
        _sender = new Http2Sender(stream, Close, _closing.Token);
        _receiver = new Http2Receiver(stream);
        _streams = new Http2Streams(heads, _sender, time);
        _ticks = time.CreateTimer(static connection => ((Http2Connection)connection!).Tick(), this, TickPeriod, TickPeriod);
    }

    /// <summary>Whether it can be forgotten: it takes no more requests.</summary>
    public bool IsRetired => _streams.TakeNoMore;

    /// <summary>Whether this thread is handing out answers; what it asks now goes in one write with what else comes of them.</summary>
    public bool IsReadHere => Volatile.Read(ref _dispatchingThread) == Environment.CurrentManagedThreadId;

    /// <summary>Greets the gateway and waits for its greeting, which says how many requests it takes at once.</summary>
    /// <exception cref="IOException">The socket broke.</exception>
    /// <exception cref="InvalidDataException">It does not speak HTTP/2, or takes no requests.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> was cancelled.</exception>
    public static async Task<Http2Connection> OpenAsync(
        Stream stream, RequestHeads heads, TimeProvider time, CancellationToken cancellation)
    {
        var connection = new Http2Connection(stream, heads, time);
        try
        {
            connection.Greet();
            await connection._opened.Task.WaitAsync(cancellation).ConfigureAwait(false);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    /// <summary>Keeps a place for one request, which must follow; false where there is none.</summary>
    public bool TryReserve() => _streams.TryReserve();

    public override ValueTask<GatewayAnswer> ExchangeAsync(GatewayRequest request, TimeSpan limit, CancellationToken abandoning)
    {
        var exchange = _streams.Begin(request, limit);
        exchange.AbandonedBy(abandoning);
        if (!IsReadHere)
            _sender.FlushSoon();
        return exchange.Task;
    }

    protected override void Dispose(bool disposing)
    {
        Close(new IOException("The connection was closed."));
        _closing.Dispose();
    }

    private void Greet()
    {
        _sender.AddPreface((Http2Setting.HeaderTableSize, 0), (Http2Setting.EnablePush, 0), (Http2Setting.MaxHeaderListSize, LongestHead));
        _sender.Flush();
        using (ExecutionContext.SuppressFlow()) // what is read is for many posts, and belongs to the trace of none
            _ = Task.Run(ReadAsync, CancellationToken.None);
    }

    private void Tick()
    {
        _streams.EndOverdue();
        CloseIfOver();
    }

    private void CloseIfOver()
    {
        if (_streams.AreOver)
            Close(new IOException("The connection was closed."));
    }

    private void Close(Exception why)
    {
        if (Interlocked.Exchange(ref _isClosed, 1) == 1)
            return;

        _opened.TrySetException(why);
        _ = _opened.Task.Exception; // seen, if by nobody else
        _ticks.Dispose();
        _closing.Cancel();
        _stream.Dispose();
        _streams.Break(why);
    }

    private async Task ReadAsync()
    {
        var closing = _closing.Token;
        try
        {
            while (true)
            {
                await _receiver.ReceiveAsync(closing).ConfigureAwait(false);
                Dispatch();
                CloseIfOver();
            }
        }
        catch (Exception failure)
        {
            Close(failure); // whatever it is, those who wait for answers must be told
        }
    }

    private void Dispatch()
    {
        _streams.CountReceived();
        Volatile.Write(ref _dispatchingThread, Environment.CurrentManagedThreadId);
        try
        {
            while (_receiver.TryTake(out var frame, out var payload)) Take(frame, payload);
        }
        finally
        {
            Volatile.Write(ref _dispatchingThread, 0);
        }

        _sender.Flush();
    }

    private void Take(Http2FrameHead frame, ReadOnlySpan<byte> payload)
    {
        // The frames of one head are not interrupted by others (RFC 9113, 6.10).
        if ((frame.Type == Http2FrameType.Continuation) != (_unfinishedHead.Stream > 0)
            || (_unfinishedHead.Stream > 0 && _unfinishedHead.Stream != frame.Stream))
            throw Http2FrameHead.Broken();

        switch (frame.Type)
        {
            case Http2FrameType.Headers:
                TakeHead(frame, frame, frame.WithoutPadding(payload));
                break;
            case Http2FrameType.Continuation:
                TakeHead(_unfinishedHead, frame, payload);
                break;
            case Http2FrameType.Data:
                _streams.TakeBody(frame.Stream, frame.Length, frame.Has(Http2Flags.EndStream));
                break;
            case Http2FrameType.ResetStream:
                _streams.TakeReset(frame.Stream, (Http2Error)Http2FrameHead.ReadNumber(payload));
                break;
            case Http2FrameType.Settings when !frame.Has(Http2Flags.Ack):
                _streams.TakeSettings(payload);
                _opened.TrySetResult();
                break;
            case Http2FrameType.Ping when !frame.Has(Http2Flags.Ack):
                _sender.AddPingAck(payload);
                break;
            case Http2FrameType.GoAway:
                _streams.TakeGoAway(lastStream: Http2FrameHead.ReadNumber(payload) & int.MaxValue);
                break;
            case Http2FrameType.WindowUpdate:
                _streams.TakeWindowUpdate(frame.Stream, Http2FrameHead.ReadNumber(payload) & int.MaxValue);
                break;
            case Http2FrameType.PushPromise:
                throw Http2FrameHead.Broken(); // it was told not to
        }
    }

    private void TakeHead(Http2FrameHead first, Http2FrameHead frame, ReadOnlySpan<byte> block)
    {
        var isWhole = frame.Has(Http2Flags.EndHeaders);
        _unfinishedHead = isWhole ? default : first;
        if (!isWhole || _unfinishedBlock.Count > 0)
        {
            _unfinishedBlock.AddRange(block);
            if (_unfinishedBlock.Count > LongestHead)
                throw new InvalidDataException("The gateway's answer has a head without an end.");
            if (!isWhole)
                return;

            block = _unfinishedBlock.ToArray();
            _unfinishedBlock.Clear();
        }

        _streams.TakeHead(first.Stream, block, first.Has(Http2Flags.EndStream));
    }
}
