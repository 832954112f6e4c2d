namespace ChatEvents.UnitTests.FanOut;

/// <summary>A connection whose membership was written while messages were walked.</summary>
public sealed class CatchingUpTests
{
    [Fact(Timeout = 60_000)]
    public async Task A_message_that_was_walked_before_the_membership_was_there_is_brought_later()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var arrivedAt = fanOut.Time.GetUtcNow();

        await fanOut.ConsumeAsync("m1", "one");
        await fanOut.ConsumeAsync("m2", "two");
        fanOut.AddConnection("late-row=", TimeSpan.Zero);
        Assert.Empty(fanOut.Gateway.DeliveredTo("late-row=")); // without catching up, it would stay so
        await fanOut.ConsumeMissedAsync("late-row=", arrivedAt);

        Assert.Equal(["Echo: one", "Echo: two"], fanOut.Gateway.DeliveredTo("late-row="));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_walk_has_brought_is_not_brought_again()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var arrivedAt = fanOut.Time.GetUtcNow();

        await fanOut.ConsumeAsync("m1", "missed");
        fanOut.AddConnection("late-row=", TimeSpan.Zero);
        await fanOut.ConsumeAsync("m2", "walked");
        await fanOut.ConsumeMissedAsync("late-row=", arrivedAt);

        Assert.Equal(["Echo: walked", "Echo: missed"], fanOut.Gateway.DeliveredTo("late-row="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_walk_skips_a_connection_that_has_caught_up_with_its_message()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation);
        var arrivedAt = fanOut.Time.GetUtcNow();
        var reading = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var goOn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fanOut.Rooms.OnQuery = async (_, abandoning) =>
        {
            reading.TrySetResult();
            await goOn.Task.WaitAsync(abandoning);
        };

        var walk = fanOut.ConsumeAsync("m1", "once");
        await reading.Task.WaitAsync(cancellation);
        fanOut.AddConnection("late-row=", TimeSpan.Zero);
        await fanOut.ConsumeMissedAsync("late-row=", arrivedAt);
        goOn.SetResult();
        await walk;

        Assert.Equal(["Echo: once"], fanOut.Gateway.DeliveredTo("late-row="));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_posted_before_the_connection_came_is_not_brought()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);

        await fanOut.ConsumeAsync("m1", "before");
        fanOut.Time.Advance(TimeSpan.FromMilliseconds(1));
        var arrivedAt = fanOut.Time.GetUtcNow();
        await fanOut.ConsumeAsync("m2", "after");
        fanOut.AddConnection("late-row=", TimeSpan.Zero);
        await fanOut.ConsumeMissedAsync("late-row=", arrivedAt);

        Assert.Equal(["Echo: after"], fanOut.Gateway.DeliveredTo("late-row="));
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_the_room_that_was_joined_is_caught_up_with()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var joinedAt = fanOut.Time.GetUtcNow();

        await fanOut.ConsumeAsync("m1", "to everyone");
        await fanOut.ConsumeAsync("m2", "to blue", room: "blue");
        await fanOut.ConsumeMissedAsync("late-row=", joinedAt, room: "blue");

        Assert.Equal(["Echo: to blue"], fanOut.Gateway.DeliveredTo("late-row="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_was_received_again_is_caught_up_with_once()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var arrivedAt = fanOut.Time.GetUtcNow();

        await fanOut.ConsumeAsync("m1", "one");
        await fanOut.ConsumeAsync("m1", "one", isRedelivered: true);
        await fanOut.ConsumeMissedAsync("late-row=", arrivedAt);

        Assert.Equal(["Echo: one"], fanOut.Gateway.DeliveredTo("late-row="));
    }
}
