using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace ChatEvents.FanOut.Posting.Http1;

/// <summary>
/// One HTTP/1.1 connection to the gateway, for one request at a time. A post needs so little of HTTP that doing just that halves what
/// .NET's client takes for it, and allocates nothing (docs/performance.md): one write, one read, and of the answer its status.
/// </summary>
/// <param name="stream">The open socket, or TLS on it.</param>
/// <param name="heads">Writes the requests.</param>
/// <param name="keep">Takes the connection back that can be used again.</param>
/// <param name="time">The clock.</param>
internal sealed class Http1Connection(
    Stream stream, RequestHeads heads, Action<Http1Connection> keep, TimeProvider time) : GatewayConnection
{
    /// <summary>A head of the gateway's is some 300 bytes; what does not end within this is none.</summary>
    private const int BufferSize = 8 * 1_024;

    /// <summary>A longer body of an answer, of which nothing is used, is not waited for.</summary>
    private const int LongestBody = 64 * 1_024;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    // The request, and once that is sent the answer: what was received and not yet used stands at the start.
    private byte[] _buffer = new byte[BufferSize];
    private int _received;
    private CancellationTokenSource _timeLimit = new(Timeout.InfiniteTimeSpan, time); // used over and over
    private bool _isReused;
    private bool _hasAnswered;

    public DateTimeOffset OpenedAt { get; } = time.GetUtcNow();

    public DateTimeOffset IdleSince { get; private set; } = time.GetUtcNow();

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public override async ValueTask<GatewayAnswer> ExchangeAsync(GatewayRequest request, TimeSpan limit, CancellationToken abandoning)
    {
        var keeps = false;
        var left = limit - time.GetElapsedTime(request.BegunAt);
        _timeLimit.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        var abandoned = abandoning.UnsafeRegister(static timeLimit => ((CancellationTokenSource)timeLimit!).Cancel(), _timeLimit);
        try
        {
            await SendAsync(request).ConfigureAwait(false);
            var head = await ReceiveHeadAsync().ConfigureAwait(false);
            var isWhole = head.HasNoBody || await SkipBodyAsync(head).ConfigureAwait(false);
            keeps = head.KeepsOpen && isWhole && _received == 0;
            return new GatewayAnswer(head.Status, head.ErrorType, head.RetryAfter);
        }
        catch (IOException closed) when (_isReused && !_hasAnswered)
        {
            throw new RequestNotTakenException("The gateway had closed an idle connection.", closed);
        }
        finally
        {
            await abandoned.DisposeAsync().ConfigureAwait(false); // before the limit is used again
            if (keeps && TryRenewTimeLimit())
                Keep();
            else
                Dispose();
        }
    }

    protected override void Dispose(bool disposing)
    {
        stream.Dispose();
        _timeLimit.Dispose();
    }

    private void Keep()
    {
        _isReused = true;
        IdleSince = time.GetUtcNow();
        keep(this);
    }

    /// <summary>Makes the time limit good for another request.</summary>
    /// <returns>False where it was cancelled: then the connection is of no more use.</returns>
    private bool TryRenewTimeLimit()
    {
        if (_timeLimit.TryReset())
            return true;
        if (_timeLimit.IsCancellationRequested)
            return false;

        // .NET resets none that runs on another clock than the system's.
        _timeLimit.Dispose();
        _timeLimit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask SendAsync(GatewayRequest request)
    {
        _received = 0;
        _hasAnswered = false;
        var head = heads.WriteHttp1(ref _buffer, request);
        var isOneWrite = head + request.Body.Length <= _buffer.Length;
        if (isOneWrite)
        {
            request.Body.CopyTo(_buffer.AsMemory(head));
            head += request.Body.Length;
        }

        await stream.WriteAsync(_buffer.AsMemory(0, head), _timeLimit.Token).ConfigureAwait(false);
        if (!isOneWrite)
            await stream.WriteAsync(request.Body, _timeLimit.Token).ConfigureAwait(false);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<AnswerHead> ReceiveHeadAsync()
    {
        while (true)
        {
            var head = AnswerHead.Parse(_buffer.AsSpan(0, _received));
            if (head is null)
            {
                await ReceiveAsync().ConfigureAwait(false);
                continue;
            }

            Use(head.Value.Length);
            if (!head.Value.IsInterim)
                return head.Value;
        }
    }

    /// <summary>Reads what follows the head, which nobody wants to know, but the next answer comes behind it.</summary>
    /// <returns>Whether it came to its end; if not, the connection cannot be used again.</returns>
    private async ValueTask<bool> SkipBodyAsync(AnswerHead head)
    {
        if (head.ContentLength is { } length)
            return length <= LongestBody && await SkipAsync((int)length).ConfigureAwait(false);
        if (!head.IsChunked)
            return false; // it ends when the gateway closes the socket

        var skipped = 0;
        while (skipped <= LongestBody)
        {
            var size = await ReceiveChunkSizeAsync().ConfigureAwait(false);
            if (size == 0)
                return await SkipTrailersAsync().ConfigureAwait(false);

            skipped += size;
            if (skipped <= LongestBody)
                await SkipAsync(size + LineEnd.Length).ConfigureAwait(false);
        }

        return false;
    }

    private async ValueTask<bool> SkipAsync(int count)
    {
        while (count > 0)
        {
            if (_received == 0)
                await ReceiveAsync().ConfigureAwait(false);
            var skipped = Math.Min(count, _received);
            Use(skipped);
            count -= skipped;
        }

        return true;
    }

    private async ValueTask<int> ReceiveChunkSizeAsync()
    {
        var lineLength = await ReceiveLineAsync().ConfigureAwait(false);
        if (!Utf8Parser.TryParse(_buffer.AsSpan(0, lineLength), out int size, out var digits, 'x') || digits == 0 || size < 0)
            throw new InvalidDataException("A chunk of the gateway's answer has no size.");

        Use(lineLength + LineEnd.Length); // with what may stand behind the size
        return size;
    }

    private async ValueTask<bool> SkipTrailersAsync()
    {
        int lineLength;
        do
        {
            lineLength = await ReceiveLineAsync().ConfigureAwait(false);
            Use(lineLength + LineEnd.Length);
        }
        while (lineLength > 0);
        return true;
    }

    /// <summary>Receives until a whole line stands at the start of the buffer.</summary>
    private async ValueTask<int> ReceiveLineAsync()
    {
        int end;
        while ((end = _buffer.AsSpan(0, _received).IndexOf(LineEnd)) < 0)
        {
            await ReceiveAsync().ConfigureAwait(false);
        }

        return end;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReceiveAsync()
    {
        if (_received == _buffer.Length)
            throw new InvalidDataException("The gateway's answer has a head without an end.");

        var count = await stream.ReadAsync(_buffer.AsMemory(_received), _timeLimit.Token).ConfigureAwait(false);
        if (count == 0)
            throw new EndOfStreamException("The gateway closed the connection without an answer.");
        _hasAnswered = true;
        _received += count;
    }

    /// <summary>Takes bytes from the start of the buffer.</summary>
    private void Use(int count)
    {
        _received -= count;
        if (_received > 0)
            Buffer.BlockCopy(_buffer, count, _buffer, 0, _received);
    }
}
