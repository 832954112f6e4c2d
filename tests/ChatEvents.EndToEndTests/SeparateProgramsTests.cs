namespace ChatEvents.EndToEndTests;

/// <summary>A worker may die at any time; what it had not finished, the next one does.</summary>
[Collection<OneSystemOfPrograms>]
public sealed class SeparateProgramsTests(SeparateProgramsFixture programs)
{
    [Fact(Timeout = 180_000)]
    public async Task A_killed_fan_out_worker_loses_no_message()
    {
        const int Clients = 20;
        const int Messages = 60;
        var cancellation = TestContext.Current.CancellationToken;
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
        var clients = await Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => ChatClient.ConnectAsync(programs.Url, cancellation)));
        await programs.Servers.UntilRegisteredAsync(Clients, cancellation);

        for (var i = 0; i < Messages; i++)
        {
            await clients[0].PostAsync($"message {i}", cancellation);
            if (i == Messages / 3)
            {
                await clients[1].WaitForAsync(1, cancellation);
                programs.FanOut.Kill();
            }

            if (i == Messages * 2 / 3)
            {
                await programs.StartFanOutAsync(cancellation);
            }
        }

        // Repeats are allowed after a kill, losses are not.
        var expected = Enumerable.Range(0, Messages).Select(i => $"Echo: message {i}").ToHashSet();
        foreach (var client in clients)
        {
            await client.UntilAsync(received => expected.IsSubsetOf(received), cancellation);
        }

        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
    }

    [Fact(Timeout = 180_000)]
    public async Task A_killed_registry_worker_loses_no_connection_and_keeps_none_that_left()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
        var leaving = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => ChatClient.ConnectAsync(programs.Url, cancellation)));
        await programs.Servers.UntilRegisteredAsync(10, cancellation);

        programs.Registry.Kill();
        await Task.WhenAll(leaving.Select(client => client.DisposeAsync().AsTask()));
        var coming = await Task.WhenAll(Enumerable.Range(0, 15).Select(_ => ChatClient.ConnectAsync(programs.Url, cancellation)));
        await programs.StartRegistryAsync(cancellation);

        await programs.Servers.UntilRegisteredAsync(15, cancellation);
        await coming[0].PostAsync("all here", cancellation);
        foreach (var client in coming)
        {
            Assert.Equal(["Echo: all here"], await client.WaitForAsync(1, cancellation));
        }

        await Task.WhenAll(coming.Select(client => client.DisposeAsync().AsTask()));
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
    }
    [Fact(Timeout = 180_000)]
    public async Task What_is_said_while_nobody_writes_the_registry_reaches_those_who_come_meanwhile()
    {
        const int Messages = 5;
        var cancellation = TestContext.Current.CancellationToken;
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
        await using var resident = await ChatClient.ConnectAsync(programs.Url, cancellation);
        await programs.Servers.UntilRegisteredAsync(1, cancellation);

        programs.Registry.Kill();
        await using var newcomer = await ChatClient.ConnectAsync(programs.Url, cancellation);
        for (var i = 0; i < Messages; i++)
        {
            await newcomer.PostAsync($"message {i}", cancellation);
            await resident.WaitForAsync(i + 1, cancellation);
        }

        // All walks are over, and none of them could know of the newcomer.
        Assert.Empty(newcomer.Received());
        await programs.StartRegistryAsync(cancellation);

        Assert.Equal(resident.Received(), await newcomer.WaitForAsync(Messages, cancellation));
    }
}
