using Amazon.Lambda.Core;
using Microsoft.Extensions.Logging;
using LogLevel = Microsoft.Extensions.Logging.LogLevel;

namespace ChatEvents.WorkerFunctions;

/// <summary>
/// Writes the worker's log lines to the log of the current invocation, where they get its request id. It writes synchronously: .NET's
/// console log has a thread of its own, which would be frozen with unwritten lines.
/// </summary>
internal sealed class FunctionLog : ILoggerProvider
{
    /// <summary>Null until the first invocation; lines before it go to the console.</summary>
    public ILambdaLogger? Invocation { get; set; }

    public ILogger CreateLogger(string categoryName) => new CategoryLog(this, categoryName[(categoryName.LastIndexOf('.') + 1)..]);

    public void Dispose()
    {
    }

    private void Write(LogLevel level, string line)
    {
        if (Invocation is { } log) log.Log(level.ToString(), line);
        else Console.WriteLine($"{level} {line}");
    }

    private sealed class CategoryLog(FunctionLog log, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            // CloudWatch makes one event per line, so a stack trace must be in the same line as its message.
            var text = exception is null ? formatter(state, exception) : $"{formatter(state, exception)} {exception}";
            log.Write(logLevel, $"{category}: {text.ReplaceLineEndings(" ")}");
        }
    }
}
