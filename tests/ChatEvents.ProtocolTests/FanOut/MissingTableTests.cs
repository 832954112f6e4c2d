using ChatEvents.Consumers;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging;

namespace ChatEvents.ProtocolTests.FanOut;

/// <summary>A worker that is started before its tables, or without them.</summary>
public sealed class MissingTableTests(EmulatorsFixture emulators)
{
    private readonly string _table = EmulatorsFixture.Unique("ChatProgress");

    [Fact(Timeout = 120_000)]
    public async Task A_worker_takes_no_message_before_its_tables_are_there()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var id = Assert.Single(await fanOut.AddConnectionsAsync(1));
        await fanOut.PostAsync("m1", "one");
        var log = new RecordingLog(LogLevel.Information);

        var starting = fanOut.StartWorkerAsync(
            builder => builder.Logging.SetMinimumLevel(LogLevel.Information).AddProvider(log), ("Tables:Progress", _table));
        await Patiently.UntilAsync(
            "a line about the wait", () => log.Lines.Contains($"Information: Waiting for table {_table}: it does not exist."), cancellation);
        Assert.False(starting.IsCompleted);
        Assert.DoesNotContain(log.Lines, line => line.StartsWith("Information: Receiving", StringComparison.Ordinal));
        await fanOut.CreateProgressTableAsync(_table);

        await using var worker = await starting;
        await Patiently.UntilAsync("the message", () => fanOut.Sink.DeliveredTo(id).Count > 0, cancellation);
        await worker.StopAsync(cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_worker_that_waits_for_a_table_in_vain_does_not_start_and_says_which()
    {
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);

        var reason = await Assert.ThrowsAsync<WorkerCannotStartException>(
            () => fanOut.StartWorkerAsync(("Tables:Progress", _table), ("FanOut:TablesTimeout", "00:00:00"))
                .WaitAsync(TestContext.Current.CancellationToken));

        Assert.Equal($"Table {_table} is not ready after 00:00:00: it does not exist.", reason.Message);
    }
}
