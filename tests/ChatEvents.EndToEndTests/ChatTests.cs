using ChatEvents.Contracts;

namespace ChatEvents.EndToEndTests;

/// <summary>What the README promises, said through real clients to the real program.</summary>
[Collection<OneLocalSystem>]
public sealed class ChatTests(LocalSystemFixture local)
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    [Fact(Timeout = 120_000)]
    public async Task Three_wscat_users_all_see_every_message_the_sender_too()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var ada = await Wscat.ConnectAsync(local.Url, cancellation);
        await using var bob = await Wscat.ConnectAsync(local.Url, cancellation);
        await using var cyd = await Wscat.ConnectAsync(local.Url, cancellation);
        await local.Servers.UntilRegisteredAsync(3, cancellation);

        await ada.TypeAsync("""{"action":"onMessage","message":"Hello everyone"}""");
        await bob.WaitForAsync(1, cancellation);
        await bob.TypeAsync("""{"action":"onMessage","message":"Hello \"Ada\""}""");

        foreach (var user in (Wscat[])[ada, bob, cyd])
        {
            Assert.Equal(["Echo: Hello everyone", "Echo: Hello \"Ada\""], await user.WaitForAsync(2, cancellation));
        }
    }

    [Fact(Timeout = 180_000)]
    public async Task Two_hundred_clients_get_fifty_messages_each_once_and_in_one_order_and_leave_an_empty_table()
    {
        const int Clients = 200;
        const int Messages = 50;
        var cancellation = TestContext.Current.CancellationToken;
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        var clients = await Task.WhenAll(
            Enumerable.Range(0, Clients).Select(_ => ChatClient.ConnectAsync(local.Url, cancellation)));
        await local.Servers.UntilRegisteredAsync(Clients, cancellation);

        // From many senders at once, as a chat is: the order is then whatever the queue made of it, but the same for all.
        await Task.WhenAll(Enumerable.Range(0, Messages).Select(i => clients[i].PostAsync($"message {i}", cancellation)));

        var first = await clients[0].WaitForAsync(Messages, cancellation);
        Assert.Equal(Enumerable.Range(0, Messages).Select(i => $"Echo: message {i}").Order(), first.Order());
        foreach (var client in clients)
        {
            Assert.Equal(first, await client.WaitForAsync(Messages, cancellation));
        }

        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        Assert.All(clients, client => Assert.Equal(Messages, client.Received().Count));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"action":"sing"}""", "sing")]
    [InlineData("hello", "JSON")]
    [InlineData("""{"action":"onMessage"}""", "message")]
    [InlineData("""{"action":"onMessage","message":5}""", "string")]
    [InlineData("""{"action":"onMessage","message":""}""", "empty")]
    public async Task A_bad_frame_is_answered_to_its_sender_only(string frame, string word)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var sender = await ChatClient.ConnectAsync(local.Url, cancellation);

        await sender.SendAsync(frame, cancellation);

        using var error = System.Text.Json.JsonDocument.Parse((await sender.WaitForAsync(1, cancellation))[0]);
        Assert.Contains(word, error.RootElement.GetProperty("error").GetString());
        Assert.NotEmpty(error.RootElement.GetProperty("requestId").GetString()!);
        Assert.DoesNotContain("   at ", error.RootElement.GetRawText());
    }

    [Fact(Timeout = 120_000)]
    public async Task Garbage_ends_in_the_dead_letter_queue_and_the_next_message_is_delivered_within_a_second()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await local.Servers.UntilRegisteredAsync(0, cancellation);
        await using var client = await ChatClient.ConnectAsync(local.Url, cancellation);
        await local.Servers.UntilRegisteredAsync(1, cancellation);

        // Until it took less than a second once, for the machine may be at something else; garbage that holds up its room does so each time.
        var delays = new List<TimeSpan>();
        for (var round = 1; round <= 10 && !delays.Exists(delay => delay < Soon); round++)
        {
            var sent = TimeProvider.System.GetTimestamp();
            await local.Servers.SendRawAsync(QueueNames.Messages, $"{{ no MessagePosted {round}", group: Room.Everyone, cancellation);
            await client.PostAsync($"after garbage {round}", cancellation);

            Assert.Equal($"Echo: after garbage {round}", (await client.WaitForAsync(round, cancellation))[^1]);
            delays.Add(TimeProvider.System.GetElapsedTime(sent));
            Assert.Equal($"{{ no MessagePosted {round}", await local.Servers.TakeRawAsync(QueueNames.MessagesDeadLetters, cancellation));
        }

        Assert.True(delays[^1] < Soon, $"Messages behind garbage took {string.Join(", ", delays)}.");
    }
}
