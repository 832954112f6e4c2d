using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using ChatEvents.Load.Clients;
using ChatEvents.Load.Figures;

namespace ChatEvents.Bench.Abusing;

/// <summary>A client that says something five times a second, and measures how long it takes to hear it.</summary>
internal sealed class Bystander : IDisposable
{
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(200);

    private readonly ChatSocket _socket;
    private readonly ConcurrentDictionary<string, long> _saidAt = new();
    private readonly ConcurrentQueue<TimeSpan> _delays = [];
    private int _number;

    private Bystander(ChatSocket socket) => _socket = socket;

    public static async Task<Bystander> ConnectAsync(Uri url, CancellationToken cancellation)
    {
        var bystander = new Bystander(await ChatSocket.OpenAsync(url, cancellation));
        _ = bystander.ListenAsync(cancellation);
        return bystander;
    }

    /// <summary>Talks for some time; ends when everything was heard, or nothing more came for half a minute.</summary>
    public async Task<Heard> TalkAsync(TimeSpan length, CancellationToken cancellation)
    {
        _delays.Clear();
        _saidAt.Clear();
        var time = TimeProvider.System;
        var begunAt = time.GetTimestamp();
        var said = 0;
        using var timer = new PeriodicTimer(Between, time);
        while (time.GetElapsedTime(begunAt) < length && await timer.WaitForNextTickAsync(cancellation))
        {
            var text = $"bystander-{_number++}";
            _saidAt[text] = time.GetTimestamp();
            await _socket.SendAsync($$"""{"action":"onMessage","message":"{{text}}"}""", cancellation);
            said++;
        }

        for (var left = 300; left > 0 && !_saidAt.IsEmpty; left--) await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellation);
        return new Heard(said, [.. _delays.Order()]);
    }

    public void Dispose() => _socket.Dispose();

    private async Task ListenAsync(CancellationToken cancellation)
    {
        try
        {
            while (await _socket.ReceiveAsync(cancellation) is { } frame)
            {
                var text = Encoding.UTF8.GetString(frame.Span);
                if (text.StartsWith("Echo: ", StringComparison.Ordinal) && _saidAt.TryRemove(text[6..], out var at))
                    _delays.Enqueue(TimeProvider.System.GetElapsedTime(at));
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException)
        {
        }
    }
}

/// <param name="Said">How many messages it has said.</param>
/// <param name="Delays">How long it took to hear each that it has heard, sorted.</param>
internal sealed record Heard(int Said, IReadOnlyList<TimeSpan> Delays)
{
    public TimeSpan? At(double part) => Delays.Count == 0 ? null : Percentiles.At(Delays, part);
}
