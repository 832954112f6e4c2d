namespace ChatEvents.EndToEndTests;

/// <summary>The local system with the limits that people have, which the other tests are too fast for.</summary>
public sealed class LimitedSenders : LocalSystemFixture
{
    protected override IReadOnlyDictionary<string, string> Settings { get; } = new Dictionary<string, string>
    {
        ["Limits__MessagesPerSecond"] = "10",
        ["Limits__Burst"] = "20",
        ["MESSAGES_PER_SECOND"] = "10",
    };
}

public sealed class FloodTests(LimitedSenders local) : IClassFixture<LimitedSenders>
{
    private const int Flood = 300, Usual = 10;

    [Fact(Timeout = 180_000)]
    public async Task What_a_guest_sends_beyond_the_limit_is_told_to_the_guest_and_heard_by_nobody_and_others_are_heard()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(local.Process is null, "The system was started by somebody else.");
        await using var flooding = await ChatClient.ConnectAsync(local.Url, cancellation);
        await using var other = await ChatClient.ConnectAsync(local.Url, cancellation);
        await local.Servers.UntilRegisteredAsync(2, cancellation);

        for (var number = 0; number < Flood; number++) await flooding.PostAsync($"flood {number}", cancellation);
        for (var number = 0; number < Usual; number++) await other.PostAsync($"usual {number}", cancellation);

        await other.UntilAsync(received => received.Count(text => text.StartsWith("Echo: usual", StringComparison.Ordinal)) == Usual, cancellation);

        // Frames of different connections are worked on side by side, so the first of the flood may come after the last of the others.
        await other.UntilAsync(received => received.Any(IsFlood), cancellation);
        await flooding.UntilAsync(
            received => received.Any(text => text.StartsWith("""{"error":"You send more than 10 messages a second;""", StringComparison.Ordinal)), cancellation);
        Assert.InRange(other.Received().Count(IsFlood), 1, Flood - 1);
        Assert.DoesNotContain(other.Received(), text => text.StartsWith('{'));
    }

    private static bool IsFlood(string text) => text.StartsWith("Echo: flood", StringComparison.Ordinal);
}
