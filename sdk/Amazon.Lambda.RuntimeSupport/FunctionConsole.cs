using System.Text;
using Amazon.Lambda.Core;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>
/// The console of a function: a line that is written to it as text becomes a log line. What is written without a line end passes as it is.
/// </summary>
internal sealed class FunctionConsole(LambdaConsoleLogger log, LogLevel level, TextWriter console) : TextWriter
{
    public override Encoding Encoding => console.Encoding;

    public override void Write(char value) => console.Write(value);

    public override void Write(string? value) => console.Write(value);

    public override void WriteLine(string? value) => log.Write(level, value ?? "", console);

    public override void WriteLine(object? value) => WriteLine(value?.ToString());

    public override void Flush() => console.Flush();
}
