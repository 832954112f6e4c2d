using ChatEvents.Consumers;
using ChatEvents.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ChatEvents.UnitTests.Consumers;

public sealed class LineConsoleTests
{
    private readonly FakeTime _time = new(new DateTimeOffset(2026, 11, 30, 12, 34, 56, 789, TimeSpan.Zero));

    [Theory]
    [InlineData("ChatEvents.Queues.QueuePump", LogLevel.Information, "12:34:56.789 queues    Said.")]
    [InlineData("ChatEvents.FanOut.FanOutWorker", LogLevel.Warning, "12:34:56.789 fan-out   warning: Said.")]
    [InlineData("ChatEvents.LocalGateway", LogLevel.Critical, "12:34:56.789 gateway   critical: Said.")]
    [InlineData("Microsoft.Hosting.Lifetime", LogLevel.Information, "12:34:56.789 Lifetime  Said.")]
    public void An_event_is_a_line_with_time_part_and_level(string category, LogLevel level, string line) =>
        Assert.Equal([line], Lines(category, level, "Said."));

    [Fact]
    public void A_warning_ends_with_the_message_of_its_exception() => Assert.Equal(
        ["12:34:56.789 queues    warning: Receiving failed. HttpRequestException: Connection refused."],
        Lines("ChatEvents.Queues", LogLevel.Warning, "Receiving failed.", new HttpRequestException("Connection refused.")));

    [Fact]
    public void An_error_is_followed_by_the_indented_stack_trace()
    {
        var lines = Lines("ChatEvents.Queues", LogLevel.Error, "Failed.", Thrown());

        Assert.Equal("12:34:56.789 queues    error: Failed.", lines[0]);
        Assert.StartsWith("    System.InvalidOperationException: Broken.", lines[1], StringComparison.Ordinal);
        Assert.All(lines[2..], line => Assert.StartsWith("       at ", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Nobody_writes_lines_or_escape_codes_of_their_own()
    {
        var forged = "closed\r\n12:00:00.000 gateway   Forged.\u001b[2J\u0085";

        Assert.Equal(
            [@"12:34:56.789 gateway   closed\r\n12:00:00.000 gateway   Forged.\u001B[2J\u0085"],
            Lines("ChatEvents.LocalGateway", LogLevel.Information, forged));
        Assert.DoesNotContain(Lines("x", LogLevel.Error, "", new FormatException("\u001b[2J")), line => line.Any(char.IsControl));
    }

    [Fact]
    public void Workers_write_lines_unless_a_setting_asks_for_JSON()
    {
        var settings = new ConfigurationManager();
        WorkerHost.AddDefaults(settings);
        Assert.Equal("line", settings["Logging:Console:FormatterName"]);

        settings.AddInMemoryCollection([new("Logging:Console:FormatterName", "json")]);
        Assert.Equal("json", settings["Logging:Console:FormatterName"]);
        Assert.Equal("yyyy-MM-ddTHH:mm:ss.fffZ", settings["Logging:Console:FormatterOptions:TimestampFormat"]);
    }

    private string[] Lines(string category, LogLevel level, string text, Exception? exception = null)
    {
        var written = new StringWriter();
        new LineConsole(_time).Write(
            new LogEntry<string>(level, category, default, text, exception, (said, _) => said), scopeProvider: null, written);
        return written.ToString().Split(Environment.NewLine)[..^1];
    }

    private static InvalidOperationException Thrown()
    {
        try
        {
            throw new InvalidOperationException("Broken.");
        }
        catch (InvalidOperationException thrown)
        {
            return thrown;
        }
    }
}
