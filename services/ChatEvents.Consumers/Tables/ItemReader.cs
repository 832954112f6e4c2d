using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// Reads the attributes of an item. One that is missing or of the wrong type reads as a default, and <see cref="Problem"/> says what is
/// wrong, so that each table can say in one place why a row makes no sense.
/// </summary>
internal struct ItemReader(Dictionary<string, AttributeValue> item)
{
    /// <summary>What makes no sense first; null when all that was read does.</summary>
    public string? Problem { get; private set; }

    public string Text(string name) => OptionalText(name) ?? Wrong(name, "is missing", "");

    public string? OptionalText(string name) => item.GetValueOrDefault(name) switch
    {
        null => null,
        { S: { } text } => text,
        _ => Wrong<string?>(name, "is no string", null),
    };

    public long Number(string name) => item.GetValueOrDefault(name) is { } attribute
        ? TryReadNumber(attribute, out var number) ? number : Wrong(name, "is no whole number", 0L)
        : Wrong(name, "is missing", 0L);

    /// <summary>Epoch milliseconds.</summary>
    public DateTimeOffset Instant(string name) => OptionalInstant(name) ?? Wrong(name, "is missing", default(DateTimeOffset));

    public DateTimeOffset? OptionalInstant(string name) => item.GetValueOrDefault(name) is { } attribute ? InstantIn(name, attribute) : null;

    /// <summary>Of a map; empty when it is absent.</summary>
    public IEnumerable<KeyValuePair<string, DateTimeOffset>> Instants(string name)
    {
        if (item.GetValueOrDefault(name) is not { } map) return [];
        if (map.M is null) return Wrong<IEnumerable<KeyValuePair<string, DateTimeOffset>>>(name, "is no map", []);
        var instants = new List<KeyValuePair<string, DateTimeOffset>>();
        foreach (var (key, value) in map.M) instants.Add(KeyValuePair.Create(key, InstantIn(name, value)));
        return instants;
    }

    private DateTimeOffset InstantIn(string name, AttributeValue attribute) =>
        TryReadNumber(attribute, out var milliseconds) && milliseconds >= MinMilliseconds && milliseconds <= MaxMilliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : Wrong(name, "is no time in epoch milliseconds", default(DateTimeOffset));

    private T Wrong<T>(string name, string what, T instead)
    {
        Problem ??= $"{name} {what}";
        return instead;
    }

    private static readonly long MinMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    private static readonly long MaxMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private static bool TryReadNumber(AttributeValue attribute, out long number) =>
        long.TryParse(attribute.N, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number);
}

/// <summary>An item of a table that was not written by this system, or was damaged.</summary>
public sealed class SenselessRowException(string table, string key, string problem)
    : Exception($"The row {key} of table {table} makes no sense: {problem}.");
