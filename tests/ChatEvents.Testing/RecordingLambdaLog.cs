using System.Collections.Concurrent;
using Amazon.Lambda.Core;

namespace ChatEvents.Testing;

/// <summary>Keeps the lines that a Lambda function logs, each after its level.</summary>
public sealed class RecordingLambdaLog : ILambdaLogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IEnumerable<string> Lines => _lines;

    public void Log(string message) => _lines.Enqueue(message);

    public void LogLine(string message) => _lines.Enqueue(message);

    public void Log(string level, string message) => _lines.Enqueue($"{level}: {message}");
}
