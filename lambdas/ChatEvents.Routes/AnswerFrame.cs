using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>An answer as the client receives it, in its dialect.</summary>
internal static class AnswerFrame
{
    // Relaxed, so that quotes and umlauts are readable in a terminal. A page that shows them has to encode them itself.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="answer">What the handler answers.</param>
    /// <param name="dialect">What the client speaks.</param>
    /// <param name="requestId">The id of the call that is answered.</param>
    /// <param name="frameId">The client's id of the frame; null without.</param>
    public static APIGatewayProxyResponse Of(RouteAnswer answer, Dialect dialect, string? requestId, string? frameId) => new()
    {
        StatusCode = answer.StatusCode,
        Headers = answer.Headers,
        Body = dialect == Dialect.Json ? Json(answer, requestId, frameId) : Plain(answer, requestId),
    };

    private static string? Plain(RouteAnswer answer, string? requestId) => answer.Plain is not { } write ? null : Write(json =>
    {
        write(json);
        json.WriteString("requestId", requestId);
        WriteExpected(json, answer.Expected);
    });

    private static string? Json(RouteAnswer answer, string? requestId, string? frameId) => answer.Type is not { } type ? null : Write(json =>
    {
        json.WriteString("type", type);
        if (frameId is not null) json.WriteString("id", frameId);
        answer.Json?.Invoke(json);
        if (!answer.IsError) return;
        json.WriteString("requestId", requestId);
        WriteExpected(json, answer.JsonExpected);
    });

    private static void WriteExpected(Utf8JsonWriter json, string? expected)
    {
        if (expected is null) return;
        json.WritePropertyName("expected");
        json.WriteRawValue(expected);
    }

    private static string Write(Action<Utf8JsonWriter> write)
    {
        var frame = new MemoryStream();
        using (var json = new Utf8JsonWriter(frame, Options))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(frame.GetBuffer(), 0, (int)frame.Length);
    }
}
