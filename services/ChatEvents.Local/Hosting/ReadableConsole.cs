using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace ChatEvents.Local.Hosting;

/// <summary>One line per event: time, part of the system, and message. Warnings and errors include their level and cause.</summary>
internal sealed class ReadableConsole(TimeProvider time) : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "readable";

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
        textWriter.WriteLine(
            $"{time.GetLocalNow():HH:mm:ss.fff} {PartOf(logEntry.Category),-9} {level}{logEntry.Formatter(logEntry.State, logEntry.Exception)}");
        if (logEntry.Exception is { } exception)
        {
            textWriter.WriteLine($"{"",22} {(logEntry.LogLevel >= LogLevel.Error ? exception.ToString() : exception.Message)}");
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
