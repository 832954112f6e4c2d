using ChatEvents.Testing;

namespace ChatEvents.ProtocolTests;

/// <summary>Benchmarks are run by hand, but nobody shall have to clean up behind one that is broken off.</summary>
public sealed class BenchmarkTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("TERM", 143)]
    [InlineData("INT", 130)]
    public async Task A_signal_ends_a_benchmark_and_all_that_it_has_started(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Signals are POSIX.");
        var cancellation = TestContext.Current.CancellationToken;
        var emulators = new Dictionary<string, string?> { ["AWS_ENDPOINT_URL_SQS"] = null, ["AWS_ENDPOINT_URL_DYNAMODB"] = null, ["AWS_ENDPOINT_URL"] = null };
        await using var bench = ChildProcess.StartProgram("ChatEvents.Bench", emulators, "registry-rate", "--rate", "10", "--seconds", "600");
        await Patiently.UntilAsync("two emulators and a worker", () => bench.Children().Count == 3, cancellation);
        var children = bench.Children();

        bench.Signal(signal);

        Assert.Equal(exitCode, await bench.WaitForExitAsync(cancellation));
        await Patiently.UntilAsync("the children to end", () => !children.Any(ChildProcess.IsRunning), cancellation);
    }
}
