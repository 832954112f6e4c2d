using System.Net;
using System.Net.WebSockets;
using ChatEvents.Load.Figures;
using ChatEvents.Load.Output;

namespace ChatEvents.Load.Clients;

/// <summary>All clients of a run.</summary>
internal sealed class Crowd : IDisposable
{
    /// <summary>A handshake that is throttled, or finds a server that is just busy, is tried again.</summary>
    private const int Attempts = 10;

    private const int AtOnce = 200;

    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(5), PauseAfterFailure = TimeSpan.FromMilliseconds(500);

    private readonly LoadSettings _settings;
    private readonly LoadEnvironment _environment;
    private readonly LoadClient[] _clients;
    private readonly TokenCommand? _tokens;
    private int _connected;

    public Crowd(LoadSettings settings, LoadEnvironment environment)
    {
        (_settings, _environment) = (settings, environment);
        _tokens = settings.TokenCommand is { } command ? new TokenCommand(command, environment.Time) : null;
        var run = Guid.NewGuid().ToString("N")[..8];
        Rooms = [.. Enumerable.Range(0, settings.Rooms).Select(room => new RoomTally(settings.MembersOf(room)))];
        _clients = [.. Enumerable.Range(0, settings.Clients).Select(client =>
        {
            var (room, member) = (client % settings.Rooms, client / settings.Rooms);
            return new LoadClient(
                settings.Url,
                new TalkOf(settings.Dialect, run, room, member, settings.Bytes, Rooms[room], Refusals),
                cancellation => _tokens?.TokenOfAsync(client, cancellation) ?? ValueTask.FromResult<string?>(null),
                environment);
        })];
    }

    public IReadOnlyList<RoomTally> Rooms { get; }

    public Refusals Refusals { get; } = new();

    public long Reconnects => _clients.Sum(client => client.Reconnects);

    /// <returns>How long it took until the last of them was connected.</returns>
    /// <exception cref="LoadException">One of them could not connect.</exception>
    public async Task<TimeSpan> ConnectAsync(ProgressBar progress, CancellationToken cancellation)
    {
        var begunAt = _environment.Time.GetTimestamp();
        await ConnectAsync(0, attempts: 1, cancellation);
        using var failing = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var atOnce = new SemaphoreSlim(AtOnce);
        var connecting = new List<Task>();
        for (var client = 1; client < _clients.Length && !failing.IsCancellationRequested; client++)
        {
            while (_environment.Time.GetElapsedTime(begunAt).TotalSeconds * _settings.ConnectRate < client)
                await Task.Delay(Tick, _environment.Time, cancellation);
            await atOnce.WaitAsync(cancellation);
            connecting.Add(ConnectInTurnAsync(client));
            progress.Show("Connecting", _connected, _clients.Length, $"{_connected} of {_clients.Length} clients");
        }

        await Task.WhenAll(connecting);
        return _environment.Time.GetElapsedTime(begunAt);

        async Task ConnectInTurnAsync(int client)
        {
            try
            {
                await ConnectAsync(client, Attempts, failing.Token);
            }
            catch (LoadException)
            {
                await failing.CancelAsync();
                throw;
            }
            finally
            {
                atOnce.Release();
            }
        }
    }

    /// <summary>Says a message in the next room, by the next of its members who is connected.</summary>
    public async Task SayAsync(int message, bool isTimed)
    {
        var room = message % _settings.Rooms;
        var members = _settings.MembersOf(room);
        for (var turn = 0; turn < members; turn++)
        {
            var member = ((message / _settings.Rooms) + turn) % members;
            if (await _clients[(member * _settings.Rooms) + room].TrySayAsync(isTimed)) return;
        }

        Refusals.Add("Nobody of the room was connected to say a message.");
    }

    public Task CatchUpAsync() => Task.WhenAll(_clients
        .Where((_, client) => !Rooms[client % _settings.Rooms].IsComplete)
        .Select(client => client.CatchUpAsync().AsTask()));

    public Task CloseAsync() => Parallel.ForEachAsync(
        _clients, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (client, _) => await client.CloseAsync());

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        _tokens?.Dispose();
    }

    private async Task ConnectAsync(int client, int attempts, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await _clients[client].ConnectAsync(cancellation);
                Interlocked.Increment(ref _connected);
                return;
            }
            catch (Exception failure) when (failure is HandshakeRefusedException or WebSocketException)
            {
                if (attempt == attempts || failure is HandshakeRefusedException { Status: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden })
                    throw new LoadException($"Client {client + 1} of {_clients.Length} could not connect to {_settings.Url}: {SentenceOf(failure)}", failure);
                await Task.Delay(PauseAfterFailure * attempt, _environment.Time, cancellation);
            }
        }
    }

    private static string SentenceOf(Exception failure) =>
        failure is WebSocketException && failure.GetBaseException() is var cause && cause != failure ? cause.Message : failure.Message;
}
