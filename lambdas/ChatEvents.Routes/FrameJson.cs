using System.Text.Json;

namespace ChatEvents.Routes;

/// <summary>Reads what a client sent, which may be anything: each way to be wrong has a sentence of its own.</summary>
internal static class FrameJson
{
    /// <exception cref="BadFrameException">It is no JSON object.</exception>
    public static JsonDocument Parse(string? body)
    {
        if (string.IsNullOrEmpty(body))
        {
            // API Gateway leaves the body out when the frame is empty.
            throw new BadFrameException("The frame is empty.", Actions.ExampleFrame);
        }

        JsonDocument json;
        try
        {
            json = JsonDocument.Parse(body);
        }
        catch (JsonException)
        {
            throw new BadFrameException("The frame is not JSON.", Actions.ExampleFrame);
        }

        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            using (json)
            {
                throw new BadFrameException(
                    $"The frame must be a JSON object, but is {NameOf(json.RootElement.ValueKind)}.", Actions.ExampleFrame);
            }
        }

        return json;
    }

    /// <exception cref="BadFrameException">The member is missing or no text.</exception>
    public static string RequiredText(this JsonDocument frame, string member) =>
        frame.OptionalText(member) ?? throw new BadFrameException($"The frame has no {member}.", Actions.ExampleFrame);

    /// <returns>Null when the member is missing.</returns>
    /// <exception cref="BadFrameException">The member is there, but no text.</exception>
    public static string? OptionalText(this JsonDocument frame, string member)
    {
        if (!frame.RootElement.TryGetProperty(member, out var value))
        {
            return null;
        }

        if (value.ValueKind != JsonValueKind.String)
        {
            throw new BadFrameException($"The {member} must be a string, but is {NameOf(value.ValueKind)}.", Actions.ExampleFrame);
        }

        try
        {
            return value.GetString();
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair, written as an escape such as \ud83d: valid JSON, but no text.
            throw new BadFrameException($"The {member} is not valid Unicode.");
        }
    }

    private static string NameOf(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        JsonValueKind.Null => "null",
        _ => "a boolean",
    };
}
