using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;

namespace ChatEvents.Routes;

/// <summary>
/// An answer as the client receives it: the body of a route response becomes one frame, whatever the status code; that one is for
/// access logs and metrics.
/// </summary>
internal static class AnswerFrame
{
    // Relaxed, so that a person at a terminal reads quotes and umlauts as such. Whoever shows it in a page has to encode it there.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="statusCode">An HTTP status.</param>
    /// <param name="requestId">Of the call that is answered.</param>
    /// <param name="write">Writes the members that come before the request id.</param>
    /// <param name="expected">JSON of what would have been right; null where nothing is to be said.</param>
    public static APIGatewayProxyResponse Of(int statusCode, string? requestId, Action<Utf8JsonWriter> write, string? expected = null)
    {
        var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteString("requestId", requestId);
            if (expected != null)
            {
                writer.WritePropertyName("expected");
                writer.WriteRawValue(expected);
            }

            writer.WriteEndObject();
        }

        return new() { StatusCode = statusCode, Body = Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length) };
    }
}
