using System.Threading.Tasks.Sources;

namespace ChatEvents.FanOut.Posting.Http2;

/// <summary>One request and its answer on a stream of an HTTP/2 connection. Used over and over.</summary>
internal sealed class Http2Exchange(Http2Streams streams) : IValueTaskSource<GatewayAnswer>
{
    // Continuations run where the answer was read: each starts the next post, and what all of one read start goes in one write.
    private ManualResetValueTaskSourceCore<GatewayAnswer> _end;
    private CancellationTokenRegistration _abandoned;

    /// <summary>The header block of the request.</summary>
    public byte[] Head = new byte[1_024];

    public int Stream { get; set; }

    /// <summary>As a timestamp of the clock.</summary>
    public long BegunAt { get; set; }

    /// <summary>How long the answer is waited for.</summary>
    public TimeSpan Limit { get; set; }

    /// <summary>What the gateway has not let us send yet of the request's body.</summary>
    public ReadOnlyMemory<byte> Unsent { get; set; }

    /// <summary>How much of it the gateway takes on this stream.</summary>
    public int Window { get; set; }

    /// <summary>Bytes of the answer's body.</summary>
    public int Received { get; set; }

    /// <summary>Null while its head is not there.</summary>
    public GatewayAnswer? Answer { get; set; }

    public ValueTask<GatewayAnswer> Task => new(this, _end.Version);

    public void AbandonedBy(CancellationToken abandoning) => _abandoned = abandoning.UnsafeRegister(
        static (exchange, token) => ((Http2Exchange)exchange!).Abandon(token), this);

    /// <summary>Hands out the answer; where there is none, <paramref name="failure"/>.</summary>
    public void End(Exception? failure = null)
    {
        if (Answer is { } answer)
            _end.SetResult(answer);
        else
            _end.SetException(failure ?? new InvalidDataException("The gateway's answer has no status."));
    }

    GatewayAnswer IValueTaskSource<GatewayAnswer>.GetResult(short token)
    {
        try
        {
            return _end.GetResult(token);
        }
        finally
        {
            _abandoned.Dispose(); // waits where it is under way, so that it cannot hit the next request
            _abandoned = default;
            Unsent = default;
            Received = 0;
            Answer = null;
            _end.Reset();
            streams.TakeBack(this);
        }
    }

    ValueTaskSourceStatus IValueTaskSource<GatewayAnswer>.GetStatus(short token) => _end.GetStatus(token);

    void IValueTaskSource<GatewayAnswer>.OnCompleted(
        Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags) =>
        _end.OnCompleted(continuation, state, token, flags);

    private void Abandon(CancellationToken abandoning) => streams.Abandon(this, abandoning);
}
