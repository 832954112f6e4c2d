using System.Text.Encodings.Web;
using System.Text.Json;
using ChatEvents.Contracts;
using ChatEvents.Routes.Logs;

namespace ChatEvents.Routes.History;

/// <summary>Writes as many messages of a page as one frame holds.</summary>
internal static class HistoryWriter
{
    /// <summary>What a frame may have in all, less room for its other members.</summary>
    private const int MaxBytes = Limits.MaxGatewayMessageBytes - 2_048;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <param name="page">Its messages.</param>
    /// <param name="isFromEnd">Whether the last ones are written if there is no room for all.</param>
    /// <returns>The messages as JSON, oldest first, and whether they are all.</returns>
    public static (IReadOnlyList<byte[]> Messages, bool IsAll) Write(HistoryPage page, bool isFromEnd)
    {
        var written = new List<byte[]>();
        var bytes = 0;
        foreach (var message in isFromEnd ? page.Messages.Reverse() : page.Messages)
        {
            var json = JsonOf(message, hasText: true);
            if (written.Count == 0 && json.Length > MaxBytes) json = JsonOf(message, hasText: false);
            bytes += json.Length + 1;
            if (bytes > MaxBytes) break;
            written.Add(json);
        }

        if (isFromEnd) written.Reverse();
        return (written, written.Count == page.Messages.Count);
    }

    private static byte[] JsonOf(LoggedMessage message, bool hasText)
    {
        var frame = new MemoryStream();
        using (var json = new Utf8JsonWriter(frame, Options))
        {
            json.WriteStartObject();
            json.WriteNumber("seq", message.Seq);
            if (message.Text is { } text) Write(json, text, hasText);
            else json.WriteBoolean("removed", true);
            json.WriteEndObject();
        }

        return frame.ToArray();
    }

    private static void Write(Utf8JsonWriter json, LoggedText text, bool hasText)
    {
        json.WriteString("messageId", text.MessageId);
        json.WriteStartObject("from");
        text.WriteSender(json);
        json.WriteEndObject();
        json.WriteString("at", Timestamp.Of(text.PostedAt));

        // It was heard, but with its sender and all there is no frame that holds it.
        if (!hasText)
        {
            json.WriteBoolean("tooLarge", true);
            return;
        }

        json.WriteString("message", text.Message);
        if (text.Data is null) return;
        json.WritePropertyName("data");
        json.WriteRawValue(text.Data, skipInputValidation: true);
    }
}
