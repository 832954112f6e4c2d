using Amazon.Lambda.Core;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>
/// Writes the lines that CloudWatch Logs shows: time, request id, level and text, parted by tabs. Lines below the level in
/// <c>AWS_LAMBDA_HANDLER_LOG_LEVEL</c> or <c>AWS_LAMBDA_LOG_LEVEL</c> are left out; without either, those below Information.
/// It takes over <see cref="Console"/>, for good: the functions of a process that has several wrap one another's lines.
/// </summary>
internal sealed class LambdaConsoleLogger : ILambdaLogger
{
    private readonly LogLevel _minimum = ReadLevel(
        Environment.GetEnvironmentVariable("AWS_LAMBDA_HANDLER_LOG_LEVEL")
        ?? Environment.GetEnvironmentVariable("AWS_LAMBDA_LOG_LEVEL"));

    private readonly TextWriter _console = Console.Out;

    public LambdaConsoleLogger()
    {
        Console.SetOut(new FunctionConsole(this, LogLevel.Information, _console));
        Console.SetError(new FunctionConsole(this, LogLevel.Error, Console.Error));
    }

    /// <summary>The invocation in hand; there is one at a time in an environment.</summary>
    public string? AwsRequestId { get; set; }

    public void Log(string message) => Console.Write(message);

    public void LogLine(string message) => Write(LogLevel.Information, message, _console);

    public void Log(string level, string message) => Write(ReadLevel(level), message, _console);

    public void LogException(Exception exception) => Write(LogLevel.Error, exception.ToString(), _console);

    public void Write(LogLevel level, string message, TextWriter console)
    {
        if (level >= _minimum)
        {
            var time = TimeProvider.System.GetUtcNow();
            console.WriteLine($"{time:yyyy-MM-dd'T'HH:mm:ss.fff'Z'}\t{AwsRequestId}\t{LabelOf(level)}\t{message}");
        }
    }

    // Lambda's own setting speaks of WARN and FATAL, .NET's of Warning and Critical.
    private static LogLevel ReadLevel(string? name) => name?.ToUpperInvariant() switch
    {
        "WARN" => LogLevel.Warning,
        "FATAL" => LogLevel.Critical,
        _ => Enum.TryParse<LogLevel>(name, ignoreCase: true, out var level) ? level : LogLevel.Information,
    };

    private static string LabelOf(LogLevel level) => level switch
    {
        LogLevel.Trace => "trce",
        LogLevel.Debug => "dbug",
        LogLevel.Warning => "warn",
        LogLevel.Error => "fail",
        LogLevel.Critical => "crit",
        _ => "info",
    };
}
