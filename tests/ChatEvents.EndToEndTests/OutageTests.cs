using System.Globalization;
using ChatEvents.Contracts;

namespace ChatEvents.EndToEndTests;

/// <summary>The gateway's management API fails in the middle of a conversation, while clients stay connected and go on talking.</summary>
[Collection<OneSystemOfPrograms>]
public sealed class OutageTests(SeparateProgramsFixture programs, ITestOutputHelper output)
{
    /// <summary>For how many seconds it fails; a minute with 30 clients is measured by setting it to 60.</summary>
    private const string SecondsVariable = "CHAT_OUTAGE_SECONDS";

    private static readonly TimeSpan BetweenMessages = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan Length = TimeSpan.FromSeconds(
        int.Parse(Environment.GetEnvironmentVariable(SecondsVariable) ?? "4", CultureInfo.InvariantCulture));

    [Theory(Timeout = 240_000)]
    [InlineData(1.0, 0.0)] // every post is answered 500
    [InlineData(0.0, 1.0)] // no post is answered
    public async Task Everybody_has_every_message_in_order_after_an_outage_in_the_middle_of_a_conversation(double errorRate, double hangRate)
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Clients = 30;
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => ChatClient.ConnectAsync(programs.Url, cancellation)));
        await programs.Servers.UntilRegisteredAsync(Clients, cancellation);
        var said = new List<string>();
        await SayAsync(TimeSpan.FromSeconds(1));
        await clients[0].WaitForAsync(1, cancellation);

        await programs.SetFaultsAsync(new { adminEndpoint = true, errorRate, hangRate }, cancellation);
        await SayAsync(Length);
        await programs.SetFaultsAsync(new { adminEndpoint = true }, cancellation);
        var over = TimeProvider.System.GetTimestamp();
        var heardBefore = clients[0].Received().Count;
        await SayAsync(TimeSpan.FromSeconds(1));
        var received = await Task.WhenAll(clients.Select(client => client.WaitForAsync(said.Count, cancellation)));

        output.WriteLine(
            $"{Length.TotalSeconds} s, {said.Count} messages to {Clients} clients, {heardBefore} of them before the end; "
            + $"all had all {TimeProvider.System.GetElapsedTime(over).TotalSeconds:0.0} s behind it.");
        Assert.True(heardBefore < said.Count, "there was no outage");
        Assert.Equal(said, received[0].Order(StringComparer.Ordinal));
        Assert.All(received, one => Assert.Equal(received[0], one));
        Assert.Equal(0, await programs.Servers.CountMessagesAsync(QueueNames.MessagesDeadLetters, cancellation));
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        await programs.Servers.UntilRegisteredAsync(0, cancellation);

        async Task SayAsync(TimeSpan length)
        {
            using var next = new PeriodicTimer(BetweenMessages, TimeProvider.System);
            for (var left = length / BetweenMessages; left > 0; left--)
            {
                await next.WaitForNextTickAsync(cancellation);
                var text = $"{said.Count:000}";
                said.Add($"Echo: {text}");
                await clients[said.Count % Clients].PostAsync(text, cancellation);
            }
        }
    }
}
