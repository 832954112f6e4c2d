using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Contracts;

namespace ChatEvents.ProtocolTests.Registry;

public sealed class SilentDropTests(EmulatorsFixture emulators)
{
    [Fact(Timeout = 240_000)]
    public async Task Of_a_thousand_connections_that_end_without_a_word_one_sweep_leaves_none()
    {
        const int Staying = 20;
        const int Dropping = 1_000;
        await using var chat = await ForgetfulChat.StartAsync(emulators, TestContext.Current.CancellationToken);
        await chat.ConnectAsync(Staying);
        var dropping = await chat.ConnectAsync(Dropping);

        await chat.DropAsync(dropping);
        Assert.Equal(Staying + Dropping, await chat.CountConnectionsAsync());
        chat.Wait(Limits.IdleTimeout);

        Assert.Equal(new SweepResult(Checked: Staying + Dropping, Stale: Dropping, NotKnown: 0), await chat.SweepAsync());
        Assert.Equal(Staying, await chat.CountConnectionsAsync());
        Assert.Equal(Staying, await chat.CountMembershipsAsync());
    }
}
