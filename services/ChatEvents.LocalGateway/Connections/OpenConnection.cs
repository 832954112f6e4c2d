using ChatEvents.LocalGateway.Bills;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Connections;

/// <summary>
/// One connection, from its acceptance by <c>$connect</c> to its end. It can be posted to at once; frames wait for the 101. It is closed
/// once, by the client, a violation, a clock or <c>DELETE @connections</c>; <c>$disconnect</c> reports the first of them.
/// </summary>
internal sealed class OpenConnection : IDisposable
{
    private readonly FrameSender _sender;
    private readonly HttpContext _http;
    private readonly LimitOptions _limits;
    private readonly Ledger _ledger;
    private readonly TimeProvider _time;
    private readonly bool _deflate;
    private readonly ITimer _clock;
    private readonly Action<OpenConnection, CloseStatus> _onClosing;
    private long _lastActiveTicks;
    private int _closing;

    public OpenConnection(
        ConnectionFacts facts,
        bool deflate,
        HttpContext http,
        LimitOptions limits,
        Ledger ledger,
        TimeProvider time,
        Action<OpenConnection, CloseStatus> onClosing)
    {
        Facts = facts;
        _deflate = deflate;
        _http = http;
        _limits = limits;
        _ledger = ledger;
        _time = time;
        _onClosing = onClosing;
        _sender = new FrameSender(limits.SendBufferBytes);
        _lastActiveTicks = facts.ConnectedAt.UtcTicks;
        _clock = time.CreateTimer(
            static state => ((OpenConnection)state!).OnClock(), this, NextDeadline() - facts.ConnectedAt, Timeout.InfiniteTimeSpan);
    }

    public ConnectionFacts Facts { get; }

    public DateTimeOffset LastActiveAt => new(Volatile.Read(ref _lastActiveTicks), TimeSpan.Zero);

    /// <summary>
    /// Reads messages until the connection has ended. <paramref name="onMessage"/> must have copied the text by the time it returns
    /// its task; further messages are read while earlier tasks still run.
    /// </summary>
    public async Task RunAsync(Stream stream, Func<OpenConnection, ReadOnlyMemory<byte>, Task> onMessage)
    {
        _sender.Open(stream);
        using var reader = new MessageReader(
            stream, _deflate, new FrameLimits(_limits.FrameBytes, _limits.MessageBytes, _limits.FrameBytesCountCompressed));
        MessageSlots? slots = null;
        while (true)
        {
            var incoming = await reader.ReadAsync();
            switch (incoming.Kind)
            {
                case IncomingKind.Text when _closing == 0:
                    Touch();
                    slots ??= new MessageSlots(message => onMessage(this, message), _limits.MessagesInFlightPerConnection);
                    await slots.AddAsync(incoming.Payload);
                    break;

                case IncomingKind.Ping:
                    if (_limits.PingsResetIdleTimeout)
                        Touch();
                    _sender.Send(OutboundFrame.Pong(incoming.Payload.Span));
                    break;

                case IncomingKind.Close:
                    Close(incoming.Status);
                    await _sender.WhenWrittenAsync();
                    return;

                case IncomingKind.Violation:
                    Close(incoming.Status);
                    // Closing a socket with unread bytes resets it, and the client may miss the close frame.
                    await reader.DiscardUntilCloseAsync();
                    return;

                case IncomingKind.Dropped:
                    Close(incoming.Status);
                    return;
            }
        }
    }

    /// <summary>Sends the text in a buffer from <see cref="OutboundFrame.RentFor"/>, and takes ownership of the buffer.</summary>
    public SendOutcome Post(byte[] rented, int length)
    {
        var compress = _deflate && length >= _limits.DeflateThresholdBytes;
        return Send(OutboundFrame.Text(rented, length, _limits.FrameBytes, compress));
    }

    public SendOutcome Send(OutboundFrame frame)
    {
        var outcome = _sender.Send(frame);
        if (outcome != SendOutcome.Accepted)
            return outcome;
        Touch();
        if (frame.TextLength is { } sent)
            _ledger.Sent(sent);
        return outcome;
    }

    /// <summary>False if the connection is already closing.</summary>
    public bool Close(CloseStatus status)
    {
        if (Interlocked.Exchange(ref _closing, 1) != 0)
            return false;
        _onClosing(this, status);
        if (status != CloseStatus.Dropped)
            _sender.Send(OutboundFrame.Close(status), last: true);
        _clock.Change(_limits.CloseTimeout, Timeout.InfiniteTimeSpan);
        return true;
    }

    public void Dispose() => _clock.Dispose();

    private void Touch() => Volatile.Write(ref _lastActiveTicks, _time.GetUtcNow().UtcTicks);

    private void OnClock()
    {
        if (_closing != 0)
        {
            _http.Abort(); // the client did not answer the close frame
            return;
        }

        var remaining = NextDeadline() - _time.GetUtcNow();
        if (remaining <= TimeSpan.Zero)
            Close(CloseStatus.GoingAway);
        else
            _clock.Change(remaining, Timeout.InfiniteTimeSpan);
    }

    private DateTimeOffset NextDeadline()
    {
        var idleAt = LastActiveAt + Scaled(_limits.IdleTimeout);
        var endsAt = Facts.ConnectedAt + Scaled(_limits.ConnectionDuration);
        return idleAt < endsAt ? idleAt : endsAt;
    }

    private TimeSpan Scaled(TimeSpan time) => time / _limits.TimeScale;
}
