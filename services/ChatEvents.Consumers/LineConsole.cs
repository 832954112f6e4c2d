using ChatEvents.Contracts;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ChatEvents.Consumers;

/// <summary>
/// The log of all programs at a terminal: one line per event with time, part of the system, and message. A warning ends with the message of
/// its exception; an error is followed by the stack trace. Where machines read the log, <c>Logging:Console:FormatterName</c> is <c>json</c>.
/// </summary>
public sealed class LineConsole(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "line";

    private static readonly (string Category, string Part)[] Parts =
    [
        ("ChatEvents.LocalGateway", "gateway"),
        ("ChatEvents.Routes", "route"),
        ("ChatEvents.ConnectionRegistry", "registry"),
        ("ChatEvents.FanOut", "fan-out"),
        ("ChatEvents.Queues", "queues"),
        ("ChatEvents.Consumers", "queues"),
        ("ChatEvents.Local", "local"),
    ];

    public override void Write<TState>(
        in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var level = logEntry.LogLevel switch
        {
            LogLevel.Warning => "warning: ",
            LogLevel.Error => "error: ",
            LogLevel.Critical => "critical: ",
            _ => "",
        };
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (logEntry is { Exception: { } cause, LogLevel: < LogLevel.Error })
            message = $"{message} {cause.GetType().Name}: {cause.Message}";

        textWriter.WriteLine($"{time.GetLocalNow():HH:mm:ss.fff} {PartOf(logEntry.Category),-9} {level}{Quote.Visible(message)}");
        if (logEntry is { Exception: { } exception, LogLevel: >= LogLevel.Error })
            WriteIndented(textWriter, exception.ToString());
    }

    private static void WriteIndented(TextWriter text, string trace)
    {
        foreach (var line in trace.EnumerateLines())
        {
            text.Write("    ");
            text.WriteLine(Quote.Visible(line.ToString()));
        }
    }

    private static string PartOf(string category)
    {
        foreach (var (prefix, part) in Parts)
        {
            if (category.StartsWith(prefix, StringComparison.Ordinal)
                && (category.Length == prefix.Length || category[prefix.Length] == '.'))
            {
                return part;
            }
        }

        return category[(category.LastIndexOf('.') + 1)..];
    }
}
