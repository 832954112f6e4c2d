using System.Text.RegularExpressions;

namespace ChatEvents.UnitTests.Load;

/// <summary>Whole runs against a chat that does not keep its promises, or does.</summary>
public sealed partial class LoadRunTests : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("load-");
    private UnreliableChat _chat = null!;

    private string Svg => Path.Combine(_folder.FullName, "load.svg");

    public async ValueTask InitializeAsync() => _chat = await UnreliableChat.StartAsync();

    public async ValueTask DisposeAsync()
    {
        await _chat.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("v1")]
    public async Task What_all_heard_once_and_in_order_ends_with_0_a_table_and_a_plot(string dialect)
    {
        var (exitCode, figures) = await RunAsync("--dialect", dialect);

        Assert.Equal(0, exitCode);
        Assert.Equal(("20", "20", "80", "0", "0", "0", "0"),
            (figures["said"], figures["accepted"], figures["heard"], figures["lost"], figures["repeated"], figures["out of order"], figures["reconnects"]));
        Assert.EndsWith(" ms", figures["p99 to the last client"], StringComparison.Ordinal);
        Assert.StartsWith("<svg", await File.ReadAllTextAsync(Svg, TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_plain_client_that_misses_a_message_ends_the_run_with_1()
    {
        _chat.Deliveries = (client, message) => client == 2 && message == 7 ? 0 : 1;

        var (exitCode, figures) = await RunAsync("--dialect", "plain");

        Assert.Equal((1, "1", "79"), (exitCode, figures["lost"], figures["heard"]));
        Assert.Contains("Lost: 1 of 80 deliveries.", figures[""], StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_comes_twice_is_repeated_and_not_heard_twice()
    {
        _chat.Deliveries = (client, message) => client == 2 && message == 7 ? 3 : 1;

        var (exitCode, figures) = await RunAsync("--dialect", "v1");

        Assert.Equal((0, "2", "80"), (exitCode, figures["repeated"], figures["heard"]));
    }

    [Theory]
    [InlineData(7)]
    [InlineData(19)] // nothing after it tells that it is missing
    public async Task A_client_of_v1_fetches_what_it_missed(int missed)
    {
        _chat.Deliveries = (client, message) => client == 2 && message == missed ? 0 : 1;

        var (exitCode, figures) = await RunAsync("--dialect", "v1");

        Assert.Equal((0, "0", "80, of them 1 from the history"), (exitCode, figures["lost"], figures["heard"]));
    }

    [Fact]
    public async Task A_client_of_v1_whose_connection_breaks_comes_back_and_loses_nothing()
    {
        _chat.Deliveries = (client, message) => client == 2 && message == 7 ? -1 : 1;

        var (exitCode, figures) = await RunAsync("--dialect", "v1");

        Assert.Equal((0, "0", "1"), (exitCode, figures["lost"], figures["reconnects"]));
    }

    [Theory]
    [InlineData("plain", "Refused, 1 times: Not today.")]
    [InlineData("v1", "Refused, 1 times: forbidden: Not today.")]
    public async Task What_the_chat_refuses_is_told_and_not_lost(string dialect, string line)
    {
        _chat.ErrorOf = message => message == 7 ? "Not today." : null;

        var (exitCode, figures) = await RunAsync("--dialect", dialect);

        Assert.Equal((0, "19", "0"), (exitCode, figures["accepted"], figures["lost"]));
        Assert.Contains(line, figures[""], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chat_that_accepts_nothing_fails_the_run()
    {
        _chat.ErrorOf = _ => "Not today.";

        Assert.Equal(1, (await RunAsync("--dialect", "v1")).ExitCode);
    }

    /// <summary>Four clients, twenty messages in a second.</summary>
    /// <returns>The figures by their name, and everything that was printed by the empty one.</returns>
    private async Task<(int ExitCode, IReadOnlyDictionary<string, string> Figures)> RunAsync(params string[] more)
    {
        var program = new LoadProgram();
        var exitCode = await program.RunAsync(
            [_chat.Url, "--clients", "4", "--rate", "20", "--seconds", "1", "--warm-up", "0", "--patience", "2", "--svg", Svg, .. more]);
        var figures = Row().Matches(program.Out).ToDictionary(row => row.Groups["name"].Value, row => row.Groups["value"].Value);
        figures[""] = program.Out + program.Error;
        return (exitCode, figures);
    }

    [GeneratedRegex(@"^\| (?<name>[^|]+?) +\| (?<value>[^|]+?) +\|\r?$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row();
}
