using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>
/// An exception as the Runtime API takes it: <c>errorType</c>, <c>errorMessage</c>, <c>stackTrace</c> and <c>cause</c>, with
/// <c>causes</c> for those of an <see cref="AggregateException"/>. It reaches the caller of the function, not the clients of an API
/// in front of it.
/// </summary>
internal static class ExceptionJson
{
    // The service takes no larger error; a trace of that length is a recursion that nobody reads to the end.
    private const int MaxBytes = 256 * 1024;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Write(Exception exception)
    {
        var whole = Write(writer => WriteException(writer, exception));
        return whole.Length <= MaxBytes ? whole : """{"errorMessage":"Exception exceeded maximum payload size of 256KB."}"""u8.ToArray();
    }

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer, Options))
        {
            write(writer);
        }

        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteException(Utf8JsonWriter writer, Exception exception)
    {
        writer.WriteStartObject();
        writer.WriteString("errorType", exception.GetType().Name);
        writer.WriteString("errorMessage", exception.Message);
        if (exception.StackTrace is { } trace)
        {
            writer.WriteStartArray("stackTrace");
            foreach (var frame in trace.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                writer.WriteStringValue(frame);
            }

            writer.WriteEndArray();
        }

        if (exception.InnerException is { } cause)
        {
            writer.WritePropertyName("cause");
            WriteException(writer, cause);
        }

        if (exception is AggregateException aggregate)
        {
            writer.WriteStartArray("causes");
            foreach (var inner in aggregate.InnerExceptions)
            {
                WriteException(writer, inner);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }
}
