using System.Net.WebSockets;
using ChatEvents.Load.Clients;

namespace ChatEvents.Bench.Abusing;

/// <summary>What one guest with two sockets can do to a chat.</summary>
internal static class Attacks
{
    private const int Sockets = 2;

    public static IReadOnlyList<Attack> All { get; } =
    [
        new("reconnect, 100 posts to a room one is not in", ReconnectAsync),
        new("who, 35 a second", (url, stopping) => RepeatAsync(url, """{"action":"who"}""", TimeSpan.FromSeconds(1) / 17.5, stopping)),
        new("messages, 330 a second", (url, stopping) =>
            RepeatAsync(url, """{"action":"onMessage","message":"flood"}""", TimeSpan.FromSeconds(1) / 165, stopping)),
    ];

    private static Task ReconnectAsync(Uri url, CancellationToken stopping) => OnSocketsAsync(async () =>
    {
        using var socket = await ChatSocket.OpenAsync(url, stopping);
        _ = socket.DrainAsync(stopping);
        for (var post = 0; post < 100; post++)
            await socket.SendAsync("""{"action":"onMessage","room":"nowhere","message":"x"}""", stopping);
        await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, stopping);
    }, stopping);

    private static Task RepeatAsync(Uri url, string frame, TimeSpan between, CancellationToken stopping) => OnSocketsAsync(async () =>
    {
        using var socket = await ChatSocket.OpenAsync(url, stopping);
        var draining = socket.DrainAsync(stopping);
        var (time, sent) = (TimeProvider.System, 0);
        for (var begunAt = time.GetTimestamp(); !draining.IsCompleted; await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, stopping))
        {
            for (; sent * between < time.GetElapsedTime(begunAt); sent++) await socket.SendAsync(frame, stopping);
        }
    }, stopping);

    /// <summary>Goes on with a new connection when one ends.</summary>
    private static Task OnSocketsAsync(Func<Task> attack, CancellationToken stopping) => Task.WhenAll(Enumerable.Range(0, Sockets).Select(async _ =>
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                await attack();
            }
            catch (Exception ended) when (
                ended is WebSocketException or HandshakeRefusedException or OperationCanceledException or IOException or ObjectDisposedException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }));
}

/// <param name="Name">What it does.</param>
/// <param name="RunAsync">Does it until it is stopped.</param>
internal sealed record Attack(string Name, Func<Uri, CancellationToken, Task> RunAsync);
