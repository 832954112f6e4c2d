using System.Net;
using System.Net.WebSockets;

namespace ChatEvents.EndToEndTests;

/// <summary>Has a system of its own, because the address of who floods is refused for a while, and all tests have the same.</summary>
public sealed class FlooderTests(LimitedSenders local) : IClassFixture<LimitedSenders>
{
    /// <summary>Function and worker keep the limit together: the one sheds, and the other disconnects by what was shed.</summary>
    [Fact(Timeout = 180_000)]
    public async Task A_guest_who_keeps_flooding_is_told_so_and_disconnected_and_not_accepted_for_a_while()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        await using var flooding = await ChatClient.ConnectAsync(local.Url, cancellation);
        await local.Servers.UntilRegisteredAsync(1, cancellation);

        // More than ten times the limit, on a machine of any speed: each tenth of a second what is due in it, and never faster.
        for (var tenth = 0; !flooding.Ended.IsCompleted; tenth++)
        {
            Assert.True(tenth < 900, "The flood went on for a minute and a half.");
            try
            {
                for (var number = 0; number < 25; number++) await flooding.PostAsync("flood", cancellation);
            }
            catch (Exception ended) when (ended is WebSocketException or IOException)
            {
                break;
            }

            await Task.Delay(TimeSpan.FromSeconds(0.1), TimeProvider.System, cancellation);
        }

        await flooding.Ended.WaitAsync(cancellation);
        Assert.Equal(HttpStatusCode.TooManyRequests, await ChatClient.RefusalAsync(local.Url, cancellation));
        Assert.Contains(flooding.Received(), text => text.Contains("You are disconnected, because you keep sending", StringComparison.Ordinal));
    }
}
