using System.Collections.Concurrent;
using Amazon.Lambda.Core;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>Keeps the lines that a function logs, each after its level.</summary>
internal sealed class RecordingLog : ILambdaLogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Lines => _lines;

    public void Log(string message) => _lines.Enqueue(message);

    public void LogLine(string message) => _lines.Enqueue(message);

    public void Log(string level, string message) => _lines.Enqueue($"{level}: {message}");
}
