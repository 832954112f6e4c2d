namespace ChatEvents.EndToEndTests;

/// <summary>Who comes while messages are walked over the room again and again.</summary>
[Collection<OneSystemOfPrograms>]
public sealed class StormTests(SeparateProgramsFixture programs)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <remarks>
    /// The gateway hears of an accepted handshake later than the registry does: each newcomer is in the table for a while before it can be
    /// posted to, and many posts to it are answered 410.
    /// </remarks>
    [Fact(Timeout = 180_000)]
    public async Task Fifty_who_connect_in_a_storm_of_messages_are_in_the_table_afterwards_and_hear_what_is_said_later()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Newcomers = 50;
        const int Speakers = 3;
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
        var speakers = await ConnectAsync(Speakers);
        await programs.Servers.UntilRegisteredAsync(Speakers, cancellation);

        using var calm = new CancellationTokenSource();
        var storm = Task.WhenAll(speakers.Select((speaker, number) => SpeakAsync(speaker, $"speaker {number}", calm.Token)));
        await speakers[0].WaitForAsync(1, cancellation);
        await programs.SetFaultsAsync(new { adminEndpoint = true, answerLatency = "00:00:02" }, cancellation);
        var newcomers = await ConnectAsync(Newcomers);
        await programs.SetFaultsAsync(new { adminEndpoint = true }, cancellation);
        foreach (var newcomer in newcomers)
        {
            await newcomer.WaitForAsync(1, cancellation);
        }

        await calm.CancelAsync();
        await storm;
        ChatClient[] everybody = [.. speakers, .. newcomers];
        await programs.Servers.UntilRegisteredAsync(everybody.Length, cancellation);
        await speakers[0].PostAsync("later", cancellation);
        foreach (var client in everybody)
        {
            await client.UntilAsync(received => received.Contains("Echo: later"), cancellation);
        }

        await programs.Servers.UntilRegisteredAsync(everybody.Length, cancellation);
        await Task.WhenAll(everybody.Select(client => client.DisposeAsync().AsTask()));
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
    }

    private Task<ChatClient[]> ConnectAsync(int count) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(_ => ChatClient.ConnectAsync(programs.Url, Cancellation)));

    /// <summary>Says one thing after the other, each when the one before was heard, until told to end.</summary>
    private static async Task SpeakAsync(ChatClient speaker, string name, CancellationToken calm)
    {
        for (var i = 0; !calm.IsCancellationRequested; i++)
        {
            var message = $"{name}, message {i}";
            await speaker.PostAsync(message, Cancellation);
            await speaker.UntilAsync(received => received.Contains($"Echo: {message}"), Cancellation);
        }
    }
}
