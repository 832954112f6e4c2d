using System.Collections.Concurrent;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// A client hears its rooms from its handshake on, although the registry writes that a little later: no message posted after the
/// handshake may fall into the gap. Clients and messages are compared by the clock of the test, which is the clients' own view.
/// </summary>
public sealed class NoGapTests(LocalSystemFixture local) : IClassFixture<LocalSystemFixture>
{
    private readonly ConcurrentBag<(string Text, long SentAt)> _said = [];

    [Fact(Timeout = 240_000)]
    public async Task Five_hundred_who_come_at_once_miss_nothing_that_is_said_after_they_came()
    {
        const int Clients = 500;
        const int Speakers = 25; // each sentence is 500 posts; more speakers make the test longer, not harder
        var cancellation = TestContext.Current.CancellationToken;
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        await using var caller = await ChatClient.ConnectAsync(local.Url, cancellation);

        var arriving = Task.WhenAll(
            Enumerable.Range(0, Clients).Select(number => ArriveAsync(number, isSpeaker: number % (Clients / Speakers) == 0, cancellation)));
        for (var call = 0; call == 0 || !arriving.IsCompleted; call++)
        {
            await SayAsync(caller, $"call {call}", cancellation);
            await caller.UntilAsync(frames => frames.Contains($"Echo: call {call}"), cancellation);
        }

        var arrivals = await arriving;
        try
        {
            foreach (var (client, connectedAt) in arrivals)
            {
                var due = _said.Where(message => message.SentAt > connectedAt).Select(message => $"Echo: {message.Text}").ToList();
                await client.UntilAsync(frames => due.TrueForAll(frames.Contains), cancellation);
            }
        }
        finally
        {
            await Task.WhenAll(arrivals.Select(arrival => arrival.Client.DisposeAsync().AsTask()));
        }
    }

    private async Task<(ChatClient Client, long ConnectedAt)> ArriveAsync(int number, bool isSpeaker, CancellationToken cancellation)
    {
        var client = await ChatClient.ConnectAsync(local.Url, cancellation);
        var connectedAt = TimeProvider.System.GetTimestamp();
        if (isSpeaker)
            await SayAsync(client, $"greeting {number}", cancellation);
        return (client, connectedAt);
    }

    private async Task SayAsync(ChatClient client, string text, CancellationToken cancellation)
    {
        _said.Add((text, TimeProvider.System.GetTimestamp()));
        await client.PostAsync(text, cancellation);
    }
}
