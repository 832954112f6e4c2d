using System.Buffers.Binary;

namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>
/// The streams of one HTTP/2 connection, each a request under way: what is sent on them, within what the gateway allows, and what its
/// frames mean to them (RFC 9113, 5).
/// </summary>
internal sealed class Http2Streams(RequestHeads heads, Http2Sender sender, TimeProvider time)
{
    /// <summary>What each side may send of bodies at first, on a stream and on all together (RFC 9113, 6.9.2).</summary>
    private const int FirstWindow = 65_535;

    /// <summary>Half of it: early enough for the gateway not to wait for more.</summary>
    private const int WindowToGiveBack = FirstWindow / 2;

    /// <summary>A longer body of an answer, of which nothing is used, is not waited for.</summary>
    private const int LongestBody = 32 * 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<int, Http2Exchange> _exchanges = [];
    private readonly List<Http2Exchange> _unsent = []; // whose bodies wait until the gateway lets us send more
    private readonly Stack<Http2Exchange> _spare = [];
    private int _reserved;
    private int _nextStream = 1; // odd ones are the client's (RFC 9113, 5.1.1)
    private int _maxStreams = int.MaxValue;
    private int _streamWindow = FirstWindow;
    private int _window = FirstWindow;
    private int _bodiesReceived; // bytes that the gateway was not given back yet
    private bool _takeNoMore;
    private long _receivedAt = time.GetTimestamp();
    private readonly long _openedAt = time.GetTimestamp();
    private long _usedAt = time.GetTimestamp();
    private int _lastStreamSeen;

    public bool TakeNoMore
    {
        get
        {
            lock (_gate) return _takeNoMore;
        }
    }

    /// <summary>Whether the last request is over, and none may come.</summary>
    public bool AreOver
    {
        get
        {
            lock (_gate) return _takeNoMore && _exchanges.Count == 0;
        }
    }

    /// <summary>Keeps a place for one request, which must follow; false where there is none.</summary>
    public bool TryReserve()
    {
        lock (_gate)
        {
            // A function that was frozen meanwhile has not ticked.
            _takeNoMore |= _reserved == 0 && time.GetElapsedTime(_usedAt) > GatewayConnections.MaxIdle;
            if (_takeNoMore || _reserved >= _maxStreams || _nextStream < 0)
                return false;
            _reserved++;
            return true;
        }
    }

    /// <summary>Adds a request to what is to be sent.</summary>
    /// <exception cref="RequestNotTakenException">The connection has ended meanwhile.</exception>
    public Http2Exchange Begin(in GatewayRequest request, TimeSpan limit)
    {
        var exchange = TakeSpare();
        try
        {
            var head = heads.WriteHttp2(ref exchange.Head, request); // signs, which nobody else should wait for
            Begin(exchange, exchange.Head.AsSpan(0, head), request.Body, request.BegunAt, limit);
            return exchange;
        }
        catch
        {
            lock (_gate)
            {
                _reserved--;
                _spare.Push(exchange);
            }

            throw;
        }
    }

    /// <summary>Ends an exchange that nobody wants any more.</summary>
    public void Abandon(Http2Exchange exchange, CancellationToken abandoning)
    {
        lock (_gate)
        {
            if (_exchanges.GetValueOrDefault(exchange.Stream) != exchange)
                return;
            Remove(exchange, gatewayKnows: false);
        }

        sender.FlushSoon();
        exchange.End(new OperationCanceledException(abandoning));
    }

    /// <summary>Takes an exchange back whose answer was taken.</summary>
    public void TakeBack(Http2Exchange exchange)
    {
        lock (_gate) _spare.Push(exchange);
    }

    public void CountReceived()
    {
        lock (_gate) _receivedAt = time.GetTimestamp();
    }

    /// <summary>Headers of an answer, or the trailers behind its body.</summary>
    /// <exception cref="InvalidDataException">It is no HTTP.</exception>
    public void TakeHead(int stream, ReadOnlySpan<byte> block, bool isLast)
    {
        Http2Exchange? exchange;
        lock (_gate)
        {
            if (!_exchanges.TryGetValue(stream, out exchange))
                return; // given up meanwhile

            if (exchange.Answer is null)
            {
                var answer = HpackReader.ReadAnswer(block);
                if (answer.Status >= 200) // else the answer proper is still to come
                    exchange.Answer = answer;
            }

            if (!isLast)
                return;
            RemoveAnswered(exchange, gatewayKnows: true);
        }

        exchange.End();
    }

    /// <summary>Part of an answer's body, which nobody wants to know.</summary>
    /// <exception cref="InvalidDataException">It has no headers.</exception>
    public void TakeBody(int stream, int length, bool isLast)
    {
        Http2Exchange? exchange;
        lock (_gate)
        {
            _bodiesReceived += length;
            if (_bodiesReceived > WindowToGiveBack)
            {
                sender.AddWindowUpdate(stream: 0, _bodiesReceived);
                _bodiesReceived = 0;
            }

            if (!_exchanges.TryGetValue(stream, out exchange))
                return;

            exchange.Received += length;
            if (!isLast && exchange.Received <= LongestBody)
                return;
            RemoveAnswered(exchange, gatewayKnows: isLast);
        }

        exchange.End();
    }

    public void TakeReset(int stream, Http2Error error)
    {
        Http2Exchange? exchange;
        lock (_gate)
        {
            if (!_exchanges.TryGetValue(stream, out exchange))
                return;
            Remove(exchange, gatewayKnows: true);
        }

        exchange.End(error == Http2Error.Refused
            ? new RequestNotTakenException("The gateway refused the request.")
            : new IOException($"The gateway broke the request off (HTTP/2 error {(int)error})."));
    }

    /// <exception cref="InvalidDataException">With these settings nothing can be asked.</exception>
    public void TakeSettings(ReadOnlySpan<byte> settings)
    {
        lock (_gate)
        {
            for (; settings.Length >= Http2FrameHead.SettingSize; settings = settings[Http2FrameHead.SettingSize..])
            {
                var value = (int)Math.Min(BinaryPrimitives.ReadUInt32BigEndian(settings[2..]), int.MaxValue);
                switch ((Http2Setting)BinaryPrimitives.ReadUInt16BigEndian(settings))
                {
                    case Http2Setting.MaxConcurrentStreams:
                        _maxStreams = value;
                        break;
                    case Http2Setting.InitialWindowSize: // of streams that are open already, too (RFC 9113, 6.9.2)
                        foreach (var exchange in _exchanges.Values) exchange.Window = Widen(exchange.Window, value - _streamWindow);
                        _streamWindow = value;
                        break;
                }
            }

            if (_maxStreams == 0)
                throw new InvalidDataException("The gateway takes no requests.");
            SendUnsent();
        }

        sender.AddSettingsAck();
    }

    /// <summary>The gateway ends the connection; requests behind <paramref name="lastStream"/> it has not looked at.</summary>
    public void TakeGoAway(int lastStream)
    {
        Http2Exchange[] notTaken;
        lock (_gate)
        {
            _takeNoMore = true;
            notTaken = [.. _exchanges.Values.Where(exchange => exchange.Stream > lastStream)];
            foreach (var exchange in notTaken) Remove(exchange, gatewayKnows: true);
        }

        foreach (var exchange in notTaken) exchange.End(new RequestNotTakenException("The gateway ends the connection."));
    }

    /// <exception cref="InvalidDataException">It is wider than can be.</exception>
    public void TakeWindowUpdate(int stream, int bytes)
    {
        lock (_gate)
        {
            if (stream == 0)
                _window = Widen(_window, bytes);
            else if (_exchanges.TryGetValue(stream, out var exchange))
                exchange.Window = Widen(exchange.Window, bytes);
            SendUnsent();
        }
    }

    /// <summary>
    /// Ends what has taken too long. What is under way on a connection that is too old comes to its end, but nothing more is taken.
    /// </summary>
    public void EndOverdue()
    {
        List<Http2Exchange>? overdue = null;
        lock (_gate)
        {
            foreach (var exchange in _exchanges.Values)
            {
                if (time.GetElapsedTime(exchange.BegunAt) < exchange.Limit)
                    continue;

                (overdue ??= []).Add(exchange);
                Remove(exchange, gatewayKnows: false);

                // Nothing at all came since: the gateway may be gone without a word, and the next posts had better not find out one by one.
                _takeNoMore |= _receivedAt < exchange.BegunAt;
            }

            if (_reserved > 0 || _nextStream != _lastStreamSeen)
                (_lastStreamSeen, _usedAt) = (_nextStream, time.GetTimestamp());
            _takeNoMore |= time.GetElapsedTime(_usedAt) > GatewayConnections.MaxIdle
                || time.GetElapsedTime(_openedAt) > GatewayConnections.MaxAge;
        }

        if (overdue is null)
            return;

        sender.FlushSoon();
        foreach (var exchange in overdue) exchange.End(new OperationCanceledException("The time for the answer is over."));
    }

    public void Break(Exception failure)
    {
        Http2Exchange[] broken;
        lock (_gate)
        {
            _takeNoMore = true;
            broken = [.. _exchanges.Values];
            _exchanges.Clear();
            _unsent.Clear();
        }

        foreach (var exchange in broken) exchange.End(new IOException(failure.Message, failure));
    }

    private Http2Exchange TakeSpare()
    {
        lock (_gate) return _spare.TryPop(out var spare) ? spare : new Http2Exchange(this);
    }

    private void Begin(Http2Exchange exchange, ReadOnlySpan<byte> head, ReadOnlyMemory<byte> body, long begunAt, TimeSpan limit)
    {
        lock (_gate)
        {
            if (_takeNoMore)
                throw new RequestNotTakenException("The connection takes no more requests.");

            exchange.Stream = _nextStream;
            exchange.BegunAt = begunAt;
            exchange.Limit = limit;
            exchange.Unsent = body;
            exchange.Window = _streamWindow;
            _nextStream += 2;
            _exchanges.Add(exchange.Stream, exchange);
            sender.AddHeaders(exchange.Stream, head, isWholeRequest: body.IsEmpty);
            SendBody(exchange);
            if (!exchange.Unsent.IsEmpty)
                _unsent.Add(exchange);
        }
    }

    /// <summary>Sends as much of a body as the gateway takes now.</summary>
    private void SendBody(Http2Exchange exchange)
    {
        while (!exchange.Unsent.IsEmpty)
        {
            var length = Math.Min(Math.Min(exchange.Unsent.Length, Http2FrameHead.MaxLength), Math.Min(exchange.Window, _window));
            if (length <= 0)
                return;

            var part = exchange.Unsent[..length];
            exchange.Unsent = exchange.Unsent[length..];
            exchange.Window -= length;
            _window -= length;
            sender.AddData(exchange.Stream, part.Span, isLast: exchange.Unsent.IsEmpty);
        }
    }

    private void SendUnsent() => _unsent.RemoveAll(exchange =>
    {
        SendBody(exchange);
        return exchange.Unsent.IsEmpty;
    });

    private void RemoveAnswered(Http2Exchange exchange, bool gatewayKnows)
    {
        if (exchange.Answer is null)
            throw new InvalidDataException("The gateway's answer has no status.");
        Remove(exchange, gatewayKnows);
    }

    /// <param name="exchange">Which is over; from now on it is only the caller's, who ends it.</param>
    /// <param name="gatewayKnows">
    /// Whether the gateway has ended the stream itself. Even then it may be waiting for the rest of the request.
    /// </param>
    private void Remove(Http2Exchange exchange, bool gatewayKnows)
    {
        _exchanges.Remove(exchange.Stream);
        _reserved--;
        if (!gatewayKnows || !exchange.Unsent.IsEmpty)
            sender.AddReset(exchange.Stream, Http2Error.Cancel);
        if (!exchange.Unsent.IsEmpty)
            _unsent.Remove(exchange);
    }

    /// <summary>A window may be less than nothing (RFC 9113, 6.9.2), but never wider than 31 bits.</summary>
    private static int Widen(int window, int bytes) => window + (long)bytes is var wider and <= int.MaxValue
        ? (int)wider
        : throw Http2FrameHead.Broken();
}
