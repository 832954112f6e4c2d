using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;

namespace ChatEvents.Routes;

/// <summary>
/// An answer as the client receives it: the body of a route response becomes one frame, whatever its status code. The status code is
/// for access logs and metrics.
/// </summary>
internal static class AnswerFrame
{
    // Relaxed, so that quotes and umlauts are readable in a terminal. A page that shows them has to encode them itself.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="statusCode">An HTTP status.</param>
    /// <param name="requestId">The id of the call that is answered.</param>
    /// <param name="write">Writes the members that come before the request id.</param>
    /// <param name="expected">JSON of a correct frame or value; null for none.</param>
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
