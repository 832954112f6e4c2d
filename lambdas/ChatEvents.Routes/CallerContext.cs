using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// The members of an authorizer's context that mean something here; they come with every event of a connection. Any authorizer may set
/// them, not only ours. Values are texts, because API Gateway makes texts of all of them.
/// </summary>
internal static class CallerContext
{
    /// <summary>Set for somebody without a token; for users, the principal id is the user id.</summary>
    public const string Guest = "guest";

    public const string Name = "name";

    /// <summary>JSON array of <see cref="RoomRights.Patterns"/>; without it, all rooms.</summary>
    public const string Join = "join";

    /// <inheritdoc cref="Join"/>
    public const string Post = "post";

    /// <summary>One of <see cref="Roles"/>.</summary>
    public const string Role = "role";

    /// <summary>When the token ends, in epoch seconds.</summary>
    public const string Expires = "expires";

    /// <summary>What the client speaks: <c>json</c> or <c>plain</c>; without it, the row of the connection says it.</summary>
    public const string Dialect = "dialect";

    public static string Write(RoomRights rights)
    {
        var json = new MemoryStream();
        using (var writer = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartArray();
            foreach (var pattern in rights.Patterns) writer.WriteStringValue(pattern);
            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(json.ToArray());
    }
}
