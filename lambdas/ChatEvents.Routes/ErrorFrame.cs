using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;

namespace ChatEvents.Routes;

/// <summary>
/// An error as the client receives it: the body of a route response becomes one frame, whatever the status code; that one is for
/// access logs and metrics.
/// </summary>
internal static class ErrorFrame
{
    // Relaxed, so that a person at a terminal reads quotes and umlauts as such. Whoever shows it in a page has to encode it there.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static APIGatewayProxyResponse Answer(int statusCode, string? requestId, string sentence, string? expected = null) =>
        new() { StatusCode = statusCode, Body = Write(requestId, sentence, expected) };

    private static string Write(string? requestId, string sentence, string? expected)
    {
        var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("error", sentence);
            writer.WriteString("requestId", requestId);
            if (expected != null)
            {
                writer.WritePropertyName("expected");
                writer.WriteRawValue(expected);
            }

            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.GetBuffer(), 0, (int)json.Length);
    }
}
