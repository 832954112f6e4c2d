using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ChatEvents.ConnectionRegistry.Moderating;

/// <summary>A frame from the registry to a client, which looks like the answers of the route functions.</summary>
internal static class JsonFrame
{
    // Relaxed, so that quotes and umlauts are readable in a terminal. A page that shows them has to encode them itself.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="write">Writes the members of the object.</param>
    public static string Of(Action<Utf8JsonWriter> write)
    {
        var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, Options))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.ToArray());
    }
}
