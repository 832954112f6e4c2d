using ChatEvents.Admin;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>Erasing what a user said.</summary>
public sealed class HistoryVerbTests(EmulatorsFixture emulators) : IAsyncLifetime
{
    private AdminUnderTest _admin = null!;

    public async ValueTask InitializeAsync() => _admin = await AdminUnderTest.StartAsync(emulators);

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task The_messages_of_a_user_lose_their_text_and_keep_their_numbers()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await LogAsync("blue", 1, "ada", cancellation);
        await LogAsync("blue", 2, "bob", cancellation);
        await LogAsync("blue", 3, user: null, cancellation);
        await LogAsync("@bob", 1, "ada", cancellation);

        var unasked = await _admin.RunAsync(cancellation, "history", "erase", "--user", "ada");
        var erased = await _admin.RunAsync(cancellation, "history", "erase", "--user", "ada", "--yes");
        var again = await _admin.RunAsync(cancellation, "history", "erase", "--user", "ada", "--yes");

        Assert.Equal(ExitCode.Failed, unasked.ExitCode);
        Assert.Equal(new AdminOutput(ExitCode.Done, "2\n", ""), erased);
        Assert.Equal(new AdminOutput(ExitCode.Done, "0\n", ""), again);
        var rows = (await _admin.Tables.ItemsOfAsync(_admin.Tables.Names.Recent))
            .OrderBy(row => $"{row[RecentMessages.Room].S} {row[RecentMessages.Position].S}", StringComparer.Ordinal)
            .Select(row => (
                row[RecentMessages.Room].S,
                row[RecentMessages.Seq].N,
                row.GetValueOrDefault(RecentMessages.Message)?.S,
                row.GetValueOrDefault(RecentMessages.Data)?.S,
                row.GetValueOrDefault(RecentMessages.Removed)?.BOOL ?? false));
        Assert.Equal(
            [
                ("@bob", "1", null, null, true),
                ("blue", "1", null, null, true),
                ("blue", "2", "number 2", "{}", false),
                ("blue", "3", "number 3", "{}", false),
            ],
            rows);
    }

    private async Task LogAsync(string room, long seq, string? user, CancellationToken cancellation)
    {
        var now = TimeProvider.System.GetUtcNow();
        var posted = new MessagePosted
        {
            MessageId = $"{room}{seq}",
            ConnectionId = "a=",
            Room = room,
            User = user,
            Message = $"number {seq}",
            Data = "{}",
            PostedAt = now,
        };
        var message = new RecentMessage(posted, RecentMessages.PositionOf(RecentMessages.EpochOf(now, "abc234"), seq));
        Assert.True(await _admin.Rows.Recent.TryPutAsync(message, now.AddHours(1), cancellation));
    }
}
