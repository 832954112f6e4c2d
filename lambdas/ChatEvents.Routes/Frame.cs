using System.Text;
using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>A frame from a client, which may contain anything: each kind of mistake has its own sentence.</summary>
internal sealed class Frame : IDisposable
{
    /// <summary>What most readers of JSON take by default.</summary>
    private const int MaxDepth = 64;

    /// <summary>Ours, for a client that wants its answers to be told apart.</summary>
    private const string IdMember = "id";

    /// <summary>The application's own part of a message.</summary>
    private const string DataMember = "data";

    private readonly JsonDocument _json;
    private readonly string _example;

    private Frame(JsonDocument json, string example) => (_json, _example) = (json, example);

    /// <param name="body">The text of the frame.</param>
    /// <param name="example">A valid frame, sent to the client if its own is not valid.</param>
    /// <exception cref="BadFrameException">The text is not a JSON object.</exception>
    public static Frame Parse(string? body, string example)
    {
        if (string.IsNullOrEmpty(body))
        {
            // API Gateway leaves the body out when the frame is empty.
            throw new BadFrameException("The frame is empty.", example);
        }

        var json = Parse(body) ?? throw new BadFrameException(WhyNotJson(body), example);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
        {
            using (json)
            {
                throw new BadFrameException($"The frame must be a JSON object, but is {NameOf(json.RootElement.ValueKind)}.", example);
            }
        }

        if (!HasReadableNames(json.RootElement))
        {
            json.Dispose();
            throw new BadFrameException("The frame has a member whose name is not valid Unicode.");
        }

        return new Frame(json, example);
    }

    /// <summary>Whether it has one of the members that only the JSON dialect knows, valid or not.</summary>
    public bool IsMarked => Given(IdMember) is not null || Given(DataMember) is not null;

    /// <summary>The client's id of the frame; null where there is none, or one that is not valid.</summary>
    public string? Id => IdIn(_json.RootElement);

    /// <summary>The JSON of <c>data</c>, as the client wrote it; null without.</summary>
    public string? Data => Given(DataMember)?.GetRawText();

    /// <summary>The id of a frame that nobody has read, or that could not be read; null where there is none.</summary>
    public static string? FindId(string? body)
    {
        if (string.IsNullOrEmpty(body) || Parse(body) is not { } json) return null;
        using (json) return json.RootElement.ValueKind == JsonValueKind.Object && HasReadableNames(json.RootElement) ? IdIn(json.RootElement) : null;
    }

    /// <exception cref="BadFrameException">The id is not one that an answer could repeat.</exception>
    public void RequireValidMarks()
    {
        if (Given(IdMember) is not null && Id is null) throw new BadFrameException($"The id must be {FrameId.Rule}.", _example);
    }

    /// <exception cref="BadFrameException">The member is missing or is not a string.</exception>
    public string RequiredText(string member) =>
        OptionalText(member) ?? throw new BadFrameException($"The frame has no {member}.", _example);

    /// <returns>Null when the member is missing, or null.</returns>
    /// <exception cref="BadFrameException">The member is not a string.</exception>
    public string? OptionalText(string member)
    {
        if (Given(member) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.String)
        {
            throw new BadFrameException($"The {member} must be a string, but is {NameOf(value.ValueKind)}.", _example);
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

    /// <returns>The number in <paramref name="otherwise"/> when the member is missing, or null.</returns>
    /// <exception cref="BadFrameException">The member is not a whole number from <paramref name="from"/> to <paramref name="to"/>.</exception>
    public int OptionalInteger(string member, int otherwise, int from, int to) => (int)(OptionalNumber(member, from, to) ?? otherwise);

    /// <returns>Null when the member is missing, or null.</returns>
    /// <exception cref="BadFrameException">The member is not a whole number from <paramref name="from"/> to <paramref name="to"/>.</exception>
    public long? OptionalNumber(string member, long from, long to)
    {
        if (Given(member) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) && number >= from && number <= to
            ? number
            : throw new BadFrameException($"The {member} must be a whole number from {from} to {to}.", _example);
    }

    /// <exception cref="BadFrameException">The frame has no room, or an invalid room name.</exception>
    public string RequiredRoom() => Checked(RequiredText("room"));

    /// <returns>The room of everyone when the frame names none.</returns>
    /// <exception cref="BadFrameException">The room name is invalid.</exception>
    public string RoomOrEveryone() => Checked(OptionalText("room") ?? Room.Everyone);

    /// <param name="ownRoom">The room of the user who asks, which only they may name; null for a guest.</param>
    /// <exception cref="BadFrameException">The room name is invalid.</exception>
    public string RoomOrEveryone(string? ownRoom) =>
        OptionalText("room") is { } room && room == ownRoom ? ownRoom : RoomOrEveryone();

    public void Dispose() => _json.Dispose();

    /// <returns>Null when the member is missing, or null.</returns>
    private JsonElement? Given(string member) => Given(_json.RootElement, member);

    private static JsonElement? Given(JsonElement frame, string member) =>
        frame.TryGetProperty(member, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string? IdIn(JsonElement frame)
    {
        try
        {
            return Given(frame, IdMember) is { ValueKind: JsonValueKind.String } id && id.GetString() is { } text && FrameId.IsValid(text) ? text : null;
        }
        catch (InvalidOperationException)
        {
            return null; // half a surrogate pair
        }
    }

    private static JsonDocument? Parse(string body)
    {
        try
        {
            return JsonDocument.Parse(body, new JsonDocumentOptions { MaxDepth = MaxDepth });
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string WhyNotJson(string body)
    {
        if (body[0] == '\uFEFF') return "The frame begins with a byte order mark, which JSON does not allow.";
        return IsDeepJson(body) ? $"The JSON of the frame is more than {MaxDepth} levels deep." : "The frame is not JSON.";
    }

    /// <summary>Reads tokens only: a document takes time that grows with the square of its depth.</summary>
    private static bool IsDeepJson(string body)
    {
        var json = new Utf8JsonReader(Encoding.UTF8.GetBytes(body), new JsonReaderOptions { MaxDepth = int.MaxValue });
        try
        {
            while (json.Read())
            {
            }

            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    /// <summary>A name may be half a surrogate pair, written as an escape such as \ud83d, which no look-up of another name survives.</summary>
    private static bool HasReadableNames(JsonElement frame)
    {
        try
        {
            return frame.EnumerateObject().All(member => member.Name is not null);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private static string Checked(string room) => Room.IsName(room)
        ? room
        : throw new BadFrameException(
            $"{Quote.Of(room)} is not the name of a room.",
            $"\"1 to {Room.MaxNameLength} of the letters a-z and A-Z, digits, '-', '_' and '.'\"",
            ErrorCode.BadRoom);

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
