using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Testing;

/// <summary>Keeps what is logged at some level or above, as a reader of the log sees it.</summary>
public sealed class RecordingLog(LogLevel from = LogLevel.Trace) : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<LogEntry> _entries = new();

    public IReadOnlyList<LogEntry> Entries => [.. _entries];

    /// <summary>Each entry with its level before it, such as <c>Warning: The queue does not answer.</c></summary>
    public IEnumerable<string> Lines => _entries.Select(entry => $"{entry.Level}: {entry.Text}");

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => logLevel >= from;

    public void Log<TState>(
        LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (IsEnabled(logLevel))
            _entries.Enqueue(new(logLevel, formatter(state, exception), exception));
    }

    public void Dispose()
    {
    }
}

public sealed record LogEntry(LogLevel Level, string Text, Exception? Exception);
