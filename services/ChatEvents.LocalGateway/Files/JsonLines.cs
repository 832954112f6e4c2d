using System.Text.Json;

namespace ChatEvents.LocalGateway.Files;

/// <summary>Finds the line on which a member of a JSON text stands.</summary>
internal static class JsonLines
{
    /// <summary>The line of the member or of its nearest existing ancestor, otherwise 1.</summary>
    public static int Find(ReadOnlySpan<byte> json, IReadOnlyList<string> path)
    {
        var reader = new Utf8JsonReader(
            json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var found = 0;
        var line = 1;
        while (found < path.Count && reader.Read())
        {
            // Members are one level deeper than their object.
            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != found + 1)
                continue;
            if (reader.ValueTextEquals(path[found]))
            {
                found++;
                line = 1 + json[..(int)reader.TokenStartIndex].Count((byte)'\n');
            }
            else
            {
                reader.Skip();
            }
        }

        return line;
    }
}
