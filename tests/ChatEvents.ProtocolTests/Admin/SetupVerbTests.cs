using Amazon.SQS;
using ChatEvents.Admin;
using ChatEvents.Contracts;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>Queues and tables of a system that no deployment made.</summary>
public sealed class SetupVerbTests(EmulatorsFixture emulators) : IAsyncLifetime
{
    private AdminUnderTest _admin = null!;

    public async ValueTask InitializeAsync() => _admin = await AdminUnderTest.StartAsync(emulators);

    public ValueTask DisposeAsync() => _admin.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task What_is_missing_is_created_and_what_exists_is_kept()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _admin.OpenAsync("a=", "http://127.0.0.1:9/local");
        string[] missing =
            ["--connections-table", EmulatorsFixture.Unique("Chat"), "--connections-queue", EmulatorsFixture.Unique("connections")];

        var first = await _admin.RunAsync(cancellation, ["setup", "--yes", .. missing]);
        var again = await _admin.RunAsync(cancellation, ["setup", "--yes", .. missing]);

        Assert.Equal((ExitCode.Done, "Queues and tables are there.\n"), (first.ExitCode, first.Error));
        Assert.Equal((ExitCode.Done, "Queues and tables are there.\n"), (again.ExitCode, again.Error));
        Assert.Equal("0\n", (await _admin.RunAsync(cancellation, ["connections", "count", .. missing])).Out);
        Assert.Equal("0\n", (await _admin.RunAsync(cancellation, ["dead-letters", "count", "--queue", "connections", .. missing])).Out);
        Assert.Equal("1\n", (await _admin.RunAsync(cancellation, "connections", "count", "--room", Room.Everyone)).Out);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_server_that_is_not_there_is_waited_for_no_longer_than_asked_and_then_named()
    {
        _admin.CreateSqs = () => new AmazonSQSClient(
            EmulatorsFixture.Credentials,
            new AmazonSQSConfig { ServiceURL = "http://127.0.0.1:9", AuthenticationRegion = "eu-central-1", MaxErrorRetry = 0 });

        var output = await _admin.RunAsync(TestContext.Current.CancellationToken, "setup", "--yes", "--patience", "1");

        Assert.Equal(ExitCode.Failed, output.ExitCode);
        Assert.StartsWith("A server cannot be reached: ", output.Error, StringComparison.Ordinal);
    }
}
