using System.Buffers.Text;
using System.Net.Security;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;

namespace ChatEvents.FanOut.Posting;

/// <summary>Opens a socket to a gateway; a test opens something else.</summary>
/// <exception cref="SocketException">The gateway cannot be reached.</exception>
public delegate ValueTask<Stream> GatewayDial(CallbackEndpoint endpoint, CancellationToken cancellation);

/// <summary>
/// One HTTP/1.1 connection to the gateway, for one request at a time. A post needs so little of HTTP that doing just that halves what
/// .NET's client takes for it, and allocates nothing (docs/performance.md): one write, one read, and of the answer its status.
/// </summary>
internal sealed class GatewayConnection(Stream stream, TimeProvider time) : IDisposable
{
    /// <summary>A head of the gateway's is some 300 bytes; what does not end within this is none.</summary>
    private const int BufferSize = 8 * 1_024;

    /// <summary>A longer body of an answer, of which nothing is used, is not waited for.</summary>
    private const int LongestBody = 64 * 1_024;

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    // The request, and once that is sent the answer: what was received and not yet used stands at the start.
    private byte[] _buffer = new byte[BufferSize];
    private int _received;

    /// <summary>The time limit of the request under way; used over and over.</summary>
    public CancellationTokenSource TimeLimit { get; private set; } = new(Timeout.InfiniteTimeSpan, time);

    public DateTimeOffset DialledAt { get; } = time.GetUtcNow();

    public DateTimeOffset IdleSince { get; set; }

    /// <summary>Whether any byte of an answer to the last request came.</summary>
    public bool HasAnswered { get; private set; }

    /// <summary>Opens the socket, and TLS on it where the endpoint is https.</summary>
    public static ValueTask<Stream> DialAsync(CallbackEndpoint endpoint, CancellationToken cancellation) =>
        DialAsync(endpoint, trust: null, cancellation);

    /// <param name="endpoint">Where to.</param>
    /// <param name="trust">Which certificates are trusted; null for those that the machine trusts.</param>
    /// <param name="cancellation">Ends the attempt.</param>
    public static async ValueTask<Stream> DialAsync(CallbackEndpoint endpoint, X509ChainPolicy? trust, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(endpoint.Server, cancellation).ConfigureAwait(false);
            var stream = new NetworkStream(socket, ownsSocket: true);
            return endpoint.TlsName is { } name ? await SecureAsync(stream, name, trust, cancellation).ConfigureAwait(false) : stream;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A place to write a request to, which <see cref="ExchangeAsync"/> then sends.</summary>
    public Span<byte> RequestBuffer(int atLeast)
    {
        if (_buffer.Length < atLeast)
            _buffer = new byte[atLeast];
        return _buffer;
    }

    /// <summary>Sends what was written to <see cref="RequestBuffer"/>, then the body, and reads the answer to its end.</summary>
    /// <exception cref="IOException">The socket broke, or the gateway closed it before the answer was whole.</exception>
    /// <exception cref="InvalidDataException">The answer is no HTTP.</exception>
    /// <exception cref="OperationCanceledException"><see cref="TimeLimit"/> was cancelled.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<GatewayAnswer> ExchangeAsync(int headLength, ReadOnlyMemory<byte> body)
    {
        _received = 0;
        HasAnswered = false;
        if (headLength + body.Length <= _buffer.Length)
        {
            body.CopyTo(_buffer.AsMemory(headLength));
            await stream.WriteAsync(_buffer.AsMemory(0, headLength + body.Length), TimeLimit.Token).ConfigureAwait(false);
        }
        else
        {
            await stream.WriteAsync(_buffer.AsMemory(0, headLength), TimeLimit.Token).ConfigureAwait(false);
            await stream.WriteAsync(body, TimeLimit.Token).ConfigureAwait(false);
        }

        AnswerHead? head = null;
        while (head is not { IsInterim: false })
        {
            head = AnswerHead.Parse(_buffer.AsSpan(0, _received));
            if (head is null)
                await ReceiveAsync().ConfigureAwait(false);
            else
                Use(head.Value.Length);
        }

        var answer = head.Value;
        var isWhole = answer.HasNoBody || await SkipBodyAsync(answer).ConfigureAwait(false);
        return new GatewayAnswer(answer.Status, answer.ErrorType, answer.RetryAfter, answer.KeepsOpen && isWhole && _received == 0);
    }

    /// <summary>Makes the time limit good for another request.</summary>
    /// <returns>False where it was cancelled: then the connection is of no more use.</returns>
    public bool TryRenewTimeLimit()
    {
        if (TimeLimit.TryReset())
            return true;
        if (TimeLimit.IsCancellationRequested)
            return false;

        // .NET resets none that runs on another clock than the system's.
        TimeLimit.Dispose();
        TimeLimit = new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        return true;
    }

    public void Dispose()
    {
        stream.Dispose();
        TimeLimit.Dispose();
    }

    private static async ValueTask<Stream> SecureAsync(
        NetworkStream stream, string name, X509ChainPolicy? trust, CancellationToken cancellation)
    {
        var tls = new SslStream(stream);
        try
        {
            await tls.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = name,
                    ApplicationProtocols = [SslApplicationProtocol.Http11],
                    CertificateChainPolicy = trust,
                },
                cancellation).ConfigureAwait(false);
            return tls;
        }
        catch
        {
            await tls.DisposeAsync().ConfigureAwait(false);
            throw;
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

        var count = await stream.ReadAsync(_buffer.AsMemory(_received), TimeLimit.Token).ConfigureAwait(false);
        if (count == 0)
            throw new EndOfStreamException("The gateway closed the connection without an answer.");
        HasAnswered = true;
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
