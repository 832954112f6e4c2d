using System.Collections.Concurrent;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// A client hears its rooms from its handshake on, although the registry writes that a little later: no message posted after the
/// handshake may fall into the gap. Clients and messages are compared by the clock of the test, which is the clients' own view.
/// </summary>
public sealed class NoGapTests(NoGapTests.SlowRegistry local) : IClassFixture<NoGapTests.SlowRegistry>
{
    /// <summary>Arbitrary, but long: it is spent only by a test that fails.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private readonly ConcurrentBag<(string Text, long SentAt)> _said = [];

    /// <remarks>
    /// 525 messages to 525 connections are up to 275,625 posts. The account's 10,000 a second make that half a minute, and the CPU of a
    /// machine with two cores, which runs the clients and the whole system, hardly less.
    /// </remarks>
    [Fact(Timeout = 300_000)]
    public async Task Five_hundred_who_come_and_speak_at_once_miss_nothing_that_is_said_after_they_came()
    {
        const int Newcomers = 500;
        const int Residents = 25;
        var cancellation = TestContext.Current.CancellationToken;
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        var residents = await Task.WhenAll(Enumerable.Range(0, Residents).Select(_ => ArriveAsync(cancellation)));
        await local.Servers.UntilRegisteredAsync(Residents, cancellation);

        var newcomers = await Task.WhenAll(Enumerable.Range(0, Newcomers).Select(async number =>
        {
            var newcomer = await ArriveAsync(cancellation);
            await SayAsync(newcomer.Client, $"greeting {number}", cancellation);
            if (number % (Newcomers / Residents) == 0)
                await SayAsync(residents[number / (Newcomers / Residents)].Client, $"call {number}", cancellation);
            return newcomer;
        }));

        Arrival[] everybody = [.. residents, .. newcomers];
        using var patience = new CancellationTokenSource(Patience, TimeProvider.System);
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, cancellation);
        var losses = new List<string>();
        foreach (var arrival in everybody)
        {
            losses.AddRange(await LossesAsync(arrival, waiting.Token));
        }

        await Task.WhenAll(everybody.Select(arrival => arrival.Client.DisposeAsync().AsTask()));
        Assert.True(
            losses.Count == 0,
            $"{losses.Count} of {everybody.Sum(arrival => DueTo(arrival).Count)} were lost, such as: {string.Join(", ", losses.Take(5))}.");
    }

    private async Task<Arrival> ArriveAsync(CancellationToken cancellation)
    {
        var client = await ChatClient.ConnectAsync(local.Url, cancellation);
        return new Arrival(client, TimeProvider.System.GetTimestamp());
    }

    private async Task SayAsync(ChatClient client, string text, CancellationToken cancellation)
    {
        _said.Add((text, TimeProvider.System.GetTimestamp()));
        await client.PostAsync(text, cancellation);
    }

    /// <summary>What was said after the arrival and does not reach it, for as long as there is patience.</summary>
    private async Task<IEnumerable<string>> LossesAsync(Arrival arrival, CancellationToken waiting)
    {
        var due = DueTo(arrival);
        try
        {
            await arrival.Client.UntilAsync(frames => frames.Count >= due.Count && due.IsSubsetOf(frames), waiting);
            return [];
        }
        catch (TimeoutException)
        {
            return due.Except(arrival.Client.Received());
        }
    }

    private HashSet<string> DueTo(Arrival arrival) =>
        [.. _said.Where(message => message.SentAt > arrival.At).Select(message => $"Echo: {message.Text}")];

    private sealed record Arrival(ChatClient Client, long At);

    /// <summary>
    /// It takes one connection after the other, and so is behind by up to 20 s. One that takes all it can get writes most memberships
    /// before the messages have come through their queue, and the test would pass without anybody catching up.
    /// </summary>
    public sealed class SlowRegistry : LocalSystemFixture
    {
        protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
        {
            ["Registry__Queue__MaxInHand"] = "1",
        };
    }
}
