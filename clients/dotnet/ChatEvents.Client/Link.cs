using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ChatEvents.Client;

/// <summary>There is no answer to a frame, because the connection ended or because it took too long. Sending it again is safe.</summary>
internal sealed class NoAnswerException(Exception? cause = null) : Exception("There was no answer.", cause);

/// <summary>One connection: sends frames, knows their answers by their id, and finds out when the server is gone.</summary>
internal sealed class Link
{
    /// <summary>How often a connection looks at the clock within <see cref="ChatClientOptions.PingAfter"/>: every half minute by default.</summary>
    private const int LooksPerSilence = 18;

    private readonly IChatSocket _socket;
    private readonly ChatClientOptions _options;
    private readonly Action<JsonElement> _hear;
    private readonly ConcurrentDictionary<string, TaskCompletionSource<JsonElement>> _asked = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _ending = new();
    private readonly TaskCompletionSource<Exception?> _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _framesHeard;
    private long _heardAt;

    private Link(IChatSocket socket, ChatClientOptions options, Action<JsonElement> hear)
    {
        (_socket, _options, _hear) = (socket, options, hear);
        _heardAt = options.Time.GetTimestamp();
    }

    /// <summary>Completes when the connection has ended, with the reason if there is one.</summary>
    public Task<Exception?> Ended => _ended.Task;

    /// <param name="address">With all of its query.</param>
    /// <param name="token">Of the user; null for a guest.</param>
    /// <param name="options">Of the client.</param>
    /// <param name="hear">Is called, in order, with each frame that is not an answer.</param>
    /// <param name="cancellation">Ends the handshake.</param>
    public static async Task<Link> OpenAsync(
        Uri address, string? token, ChatClientOptions options, Action<JsonElement> hear, CancellationToken cancellation)
    {
        var socket = options.CreateSocket?.Invoke() ?? new ChatSocket(options.ConfigureSocket);
        using var late = new CancellationTokenSource(options.ConnectTimeout, options.Time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellation, late.Token);
        try
        {
            await socket.ConnectAsync(address, token, either.Token);
        }
        catch (Exception failure)
        {
            socket.Dispose();
            if (late.IsCancellationRequested) throw new TimeoutException($"There was no answer to the handshake within {options.ConnectTimeout}.", failure);
            throw;
        }

        var link = new Link(socket, options, hear);
        _ = link.ReceiveAsync();
        _ = link.KeepAliveAsync();
        return link;
    }

    /// <summary>Sends a frame and waits for its answer, which may be an error frame.</summary>
    /// <exception cref="NoAnswerException">The connection ended, or the answer took too long.</exception>
    public async Task<JsonElement> AskAsync(JsonObject frame, CancellationToken cancellation)
    {
        var id = (string)frame["id"]!;
        var answer = _asked.GetOrAdd(id, _ => new(TaskCreationOptions.RunContinuationsAsynchronously));
        var heard = Interlocked.Read(ref _framesHeard);
        try
        {
            if (Ended.IsCompleted) throw new NoAnswerException();
            await SendAsync(Write(frame), cancellation);
            return await answer.Task.WaitAsync(_options.AnswerTimeout, _options.Time, cancellation);
        }
        catch (TimeoutException silence)
        {
            // Another answer may be late or lost. But not a word for so long means that nobody is there.
            if (Interlocked.Read(ref _framesHeard) == heard) End(new NoAnswerException(silence));
            throw new NoAnswerException(silence);
        }
        finally
        {
            _asked.TryRemove(id, out _);
        }
    }

    public async Task CloseAsync()
    {
        // It is over in either case.
        await _socket.CloseAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(1), _options.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        End(null);
    }

    private async Task SendAsync(byte[] message, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation);
        try
        {
            // Not cancelled by the caller: that would end the connection with half a message on it.
            await _socket.SendAsync(message, _ending.Token);
        }
        catch (Exception failure)
        {
            End(failure);
            throw new NoAnswerException(failure);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task ReceiveAsync()
    {
        try
        {
            while (await _socket.ReceiveAsync(_ending.Token) is { } message)
            {
                Interlocked.Increment(ref _framesHeard);
                Volatile.Write(ref _heardAt, _options.Time.GetTimestamp());
                var frame = Parse(message);
                if (frame.Text("id") is { } id && _asked.TryGetValue(id, out var answer)) answer.TrySetResult(frame);
                else _hear(frame);
            }

            End(null);
        }
        catch (Exception failure)
        {
            End(failure);
        }
    }

    /// <returns>Of what is no JSON, an element that has no members.</returns>
    private static JsonElement Parse(ReadOnlyMemory<byte> message)
    {
        try
        {
            return JsonElement.Parse(message.Span);
        }
        catch (JsonException)
        {
            return default;
        }
    }

    /// <summary>
    /// Pings after a long silence, and at once when the clock has jumped: the machine has slept, and the connection may have ended without
    /// anybody here to hear it.
    /// </summary>
    private async Task KeepAliveAsync()
    {
        var longestLook = _options.PingAfter / LooksPerSilence;
        while (!Ended.IsCompleted)
        {
            var before = _options.Time.GetUtcNow();
            var look = _options.PingAfter - _options.Time.GetElapsedTime(Volatile.Read(ref _heardAt));
            if (look > longestLook) look = longestLook;
            if (look > TimeSpan.Zero)
            {
                await Task.Delay(look, _options.Time, _ending.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (_options.Time.GetUtcNow() - before < longestLook * 2) continue;
            }

            try
            {
                await AskAsync(new JsonObject { ["action"] = "ping", ["id"] = NewId() }, _ending.Token);
            }
            catch (Exception failure) when (failure is NoAnswerException or OperationCanceledException)
            {
                // AskAsync has ended the connection if there was nothing to hear at all.
            }
        }
    }

    private void End(Exception? why)
    {
        if (!_ended.TrySetResult(why)) return;
        _ending.Cancel();
        foreach (var answer in _asked.Values) answer.TrySetException(new NoAnswerException(why));
        _socket.Dispose();
    }

    /// <summary>An id of a frame. The server recognizes a message by it for five minutes, also from another device of the same user.</summary>
    public static string NewId() => Guid.NewGuid().ToString("N");

    public static byte[] Write(JsonObject frame) => Encoding.UTF8.GetBytes(frame.ToJsonString(Json));

    /// <summary>Most characters beyond ASCII stay what they are: escaped, they would count up to three times against the limit of a frame.</summary>
    private static readonly JsonSerializerOptions Json = new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
