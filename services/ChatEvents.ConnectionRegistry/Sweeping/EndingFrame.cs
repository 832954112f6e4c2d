using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>The last frame of a connection that is ended, which looks like any error: API Gateway takes no close reason from us.</summary>
public static class EndingFrame
{
    /// <summary>Of a connection whose user or address is banned. The reason that the operator gave is not for the client.</summary>
    public static string OfBan(Ban ban) => $"You are banned until {ban.Until:u}.";

    public static string Of(string sentence)
    {
        var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writer.WriteString("error", sentence);
            writer.WriteEndObject();
        }

        return Encoding.UTF8.GetString(json.ToArray());
    }
}
