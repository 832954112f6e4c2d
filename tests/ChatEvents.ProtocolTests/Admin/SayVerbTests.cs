using System.Text.Json;
using ChatEvents.Admin;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>What an operator says is on the queue of messages.</summary>
public sealed class SayVerbTests(EmulatorsFixture emulators) : IAsyncLifetime
{
    private AdminUnderTest _admin = null!;

    public async ValueTask InitializeAsync() => _admin = await AdminUnderTest.StartAsync(emulators);

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Theory(Timeout = 60_000)]
    [InlineData("blue", "operator", "--room", "blue")]
    [InlineData("@ada", "billing", "--user", "ada", "--from", "billing")]
    public async Task It_goes_to_a_room_or_a_user_and_is_said_once(string room, string server, params string[] to)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var first = await _admin.RunAsync(cancellation, ["say", "We restart at noon.", .. to, "--id", "noon", "-o", "json"]);
        var again = await _admin.RunAsync(cancellation, ["say", "We restart at noon.", .. to, "--id", "noon", "-o", "json"]);

        Assert.Equal((ExitCode.Done, ""), (first.ExitCode, first.Error));
        Assert.Equal(first, again);
        using var answer = JsonDocument.Parse(first.Out);
        var message = Assert.Single(await _admin.ReceiveAllAsync(_admin.Queues.Messages));
        using var posted = JsonDocument.Parse(message.Body);
        Assert.Equal(
            (answer.RootElement.GetProperty("messageId").GetString(), room, server, "We restart at noon."),
            (posted.RootElement.GetProperty("messageId").GetString(), posted.RootElement.GetProperty("room").GetString(),
                posted.RootElement.GetProperty("server").GetString(), posted.RootElement.GetProperty("message").GetString()));
    }
}
