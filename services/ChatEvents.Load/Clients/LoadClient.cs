using System.Net;
using System.Net.WebSockets;
using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Load.Clients;

/// <summary>A client in one room, which connects again when its connection ends.</summary>
internal sealed class LoadClient : IDisposable
{
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(500), LongestPause = TimeSpan.FromSeconds(10);

    private readonly Uri _url;
    private readonly TalkOf _talkOf;
    private readonly ITalk _talk;
    private readonly Func<CancellationToken, ValueTask<string?>> _token;
    private readonly LoadEnvironment _environment;
    private readonly SemaphoreSlim _sending = new(1);
    private readonly CancellationTokenSource _ending = new();
    private ChatSocket? _socket;
    private Task _listening = Task.CompletedTask;

    /// <param name="url">Of the chat.</param>
    /// <param name="talkOf">Who it is, and in which room.</param>
    /// <param name="token">Is asked before every connect.</param>
    /// <param name="environment">Of the program.</param>
    public LoadClient(Uri url, TalkOf talkOf, Func<CancellationToken, ValueTask<string?>> token, LoadEnvironment environment)
    {
        (_talkOf, _token, _environment) = (talkOf, token, environment);
        _talk = talkOf.Dialect == Dialect.Json ? new JsonTalk(talkOf) : new PlainTalk(talkOf);
        var query = new UriBuilder(url);
        query.Query = $"{query.Query.TrimStart('?')}&room={talkOf.Room}{_talk.Query}".TrimStart('&');
        _url = query.Uri;
    }

    public bool IsOpen => Volatile.Read(ref _socket) is not null;

    public long Reconnects { get; private set; }

    /// <summary>Connects for the first time, and listens from then on.</summary>
    /// <exception cref="HandshakeRefusedException">The server answered, but not with 101.</exception>
    /// <exception cref="WebSocketException">There is no server.</exception>
    public async Task ConnectAsync(CancellationToken cancellation)
    {
        var socket = await OpenAsync(cancellation);
        _listening = ListenAsync(socket);
    }

    /// <summary>Says something, unless the client is just not connected.</summary>
    /// <returns>Whether it was said.</returns>
    public async ValueTask<bool> TrySayAsync(bool isTimed)
    {
        if (Volatile.Read(ref _socket) is not { } socket) return false;
        var number = _talkOf.Tally.Say(_talkOf.Member, _environment.Time.GetTimestamp(), isTimed);
        if (!await TrySendAsync(socket, _talk.FrameOf(number))) _talk.Lose(number);
        return true;
    }

    /// <summary>Asks for what may have been missed, if the dialect can.</summary>
    public async ValueTask CatchUpAsync()
    {
        if (Volatile.Read(ref _socket) is not { } socket) return;
        foreach (var frame in _talk.CatchUp()) await TrySendAsync(socket, frame);
    }

    public async Task CloseAsync()
    {
        var socket = Interlocked.Exchange(ref _socket, null);
        if (socket is not null) await socket.CloseAsync(_ending.Token);
        await _ending.CancelAsync();
        await _listening;
    }

    public void Dispose()
    {
        _ending.Cancel();
        _socket?.Dispose();
        _ending.Dispose();
        _sending.Dispose();
    }

    private static bool IsLoss(Exception failure) =>
        failure is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException;

    private async Task<ChatSocket> OpenAsync(CancellationToken cancellation)
    {
        var socket = await ChatSocket.OpenAsync(_url, cancellation, await _token(cancellation), _talk.Subprotocol);
        Volatile.Write(ref _socket, socket);
        return socket;
    }

    private async Task ListenAsync(ChatSocket socket)
    {
        while (true)
        {
            using (socket)
            {
                await HearAsync(socket);
                Interlocked.CompareExchange(ref _socket, null, socket);
            }

            if (await ReconnectAsync() is not { } next) return;
            (socket, Reconnects) = (next, Reconnects + 1);
            await CatchUpAsync();
        }
    }

    private async Task HearAsync(ChatSocket socket)
    {
        try
        {
            while (await socket.ReceiveAsync(_ending.Token) is { } frame)
            {
                if (Understand(frame) is { } answer) await TrySendAsync(socket, answer);
            }
        }
        catch (Exception ended) when (IsLoss(ended))
        {
            // The next connection tells whether it is the server's end.
        }
    }

    private string? Understand(ReadOnlyMemory<byte> frame)
    {
        try
        {
            return _talk.Hear(frame, _environment.Time.GetTimestamp());
        }
        catch (Exception wrong) when (wrong is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            _talkOf.Refusals.Add("A frame was not what docs/protocol.md says.");
            return null;
        }
    }

    /// <returns>Null when the run is over.</returns>
    private async Task<ChatSocket?> ReconnectAsync()
    {
        for (var pause = ShortestPause; !_ending.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await Task.Delay(pause * _environment.Random(), _environment.Time, _ending.Token);
                return await OpenAsync(_ending.Token);
            }
            catch (HandshakeRefusedException refusal) when (refusal.Status is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            {
                _talkOf.Refusals.Add(refusal.Message);
                return null;
            }
            catch (Exception failure) when (IsLoss(failure) || failure is HandshakeRefusedException or LoadException)
            {
                // Tried again.
            }
        }

        return null;
    }

    private async ValueTask<bool> TrySendAsync(ChatSocket socket, string frame)
    {
        await _sending.WaitAsync();
        try
        {
            await socket.SendAsync(frame, _ending.Token);
            return true;
        }
        catch (Exception failure) when (IsLoss(failure))
        {
            return false;
        }
        finally
        {
            _sending.Release();
        }
    }
}
