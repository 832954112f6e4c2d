using System.Text.Json;

namespace ChatEvents.LocalGateway.Files;

/// <summary>The lines of a JSON text's members, and what no settings may have: null, and a name twice or empty.</summary>
internal sealed class JsonLines
{
    private readonly Dictionary<string, int> _lines = new(StringComparer.Ordinal);

    /// <summary>The first of these mistakes, or null.</summary>
    public OptionsFault? Fault { get; private set; }

    /// <exception cref="JsonException">The text is not JSON.</exception>
    public static JsonLines Read(ReadOnlySpan<byte> json)
    {
        var lines = new JsonLines();
        var reader = new Utf8JsonReader(
            json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Skip, AllowTrailingCommas = true });
        var path = new List<string>();
        var indexes = new Stack<int>(); // -1 in an object, else the number of the next item
        while (reader.Read())
        {
            var line = 1 + json[..(int)reader.TokenStartIndex].Count((byte)'\n');
            if (reader.TokenType is JsonTokenType.EndObject or JsonTokenType.EndArray)
            {
                indexes.Pop();
                PopValue();
                continue;
            }

            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                path.Add(reader.GetString()!);
                lines.Add(path, line);
                continue;
            }

            if (indexes.TryPeek(out var index) && index >= 0)
            {
                indexes.Push(indexes.Pop() + 1);
                path.Add($"{index}");
                lines.Add(path, line);
            }

            if (reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray)
            {
                indexes.Push(reader.TokenType == JsonTokenType.StartObject ? -1 : 0);
                continue;
            }

            if (reader.TokenType == JsonTokenType.Null)
                lines.Fault ??= new OptionsFault(
                    [.. path], path.Count == 0 ? "The file must hold an object." : $"{Name(path)} must not be null; leave it out for its default.");
            PopValue();
        }

        return lines;

        void PopValue()
        {
            if (path.Count > 0)
                path.RemoveAt(path.Count - 1);
        }
    }

    /// <summary>The line of the member or of its nearest existing ancestor, otherwise 1.</summary>
    public int Find(IEnumerable<string> path)
    {
        var names = path.ToArray();
        for (var length = names.Length; length > 0; length--)
        {
            if (_lines.TryGetValue(Key(names.Take(length)), out var line))
                return line;
        }

        return 1;
    }

    private static string Name(IReadOnlyCollection<string> path) => path.Count == 0 ? "The file" : string.Join('.', path);

    private static string Key(IEnumerable<string> path) => string.Join('\0', path);

    private void Add(List<string> path, int line)
    {
        if (_lines.TryGetValue(Key(path), out var before))
            Fault ??= new OptionsFault([.. path], $"{Name(path)} is there twice; first in line {before}.");
        else if (path[^1].Length == 0)
            Fault ??= new OptionsFault([.. path], $"A name in {Name(path.SkipLast(1).ToArray())} is empty.");
        // The second one's line, where the mistake is.
        _lines[Key(path)] = line;
    }
}
