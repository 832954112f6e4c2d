using System.Globalization;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// Reads the attributes of an item. A missing attribute, or one of the wrong type, is read as a default and noted in <see cref="Problem"/>,
/// so that each table can say in one place why a row makes no sense.
/// </summary>
/// <param name="item">As DynamoDB answers it.</param>
/// <param name="now">The reader's clock.</param>
internal struct ItemReader(Dictionary<string, AttributeValue> item, DateTimeOffset now)
{
    private static readonly long MinMilliseconds = DateTimeOffset.MinValue.ToUnixTimeMilliseconds();

    private static readonly long MaxMilliseconds = DateTimeOffset.MaxValue.ToUnixTimeMilliseconds();

    private static readonly long MaxSeconds = DateTimeOffset.MaxValue.ToUnixTimeSeconds();

    /// <summary>The first thing that makes no sense; null while there is none.</summary>
    public string? Problem { get; private set; }

    /// <summary>The attribute that makes no sense, in the table; null while there is none.</summary>
    public string? ProblemAttribute { get; private set; }

    /// <summary>The id of a connection or a message.</summary>
    public string Id(string name) => Text(name) is var id && Identifier.IsValid(id) ? id : Wrong(name, "is no id", id);

    /// <summary>Where posts go.</summary>
    public string Endpoint(string name) =>
        Text(name) is var address && CallbackAddress.Parse(address) is not null ? address : Wrong(name, CallbackAddress.Rule, address);

    /// <summary>When something has happened, in epoch milliseconds.</summary>
    public DateTimeOffset Past(string name) => Required(name, OptionalPast(name)) ?? default;

    /// <inheritdoc cref="Past"/>
    public DateTimeOffset? OptionalPast(string name) => OptionalInstant(name) is not { } instant || PlausibleTime.IsValid(instant, now)
        ? OptionalInstant(name)
        : Wrong(name, $"is not {PlausibleTime.Rule}", (DateTimeOffset?)null);

    /// <summary>Notes that an attribute makes no sense for a reason of its table.</summary>
    public void Require(bool isRight, string name, string what)
    {
        if (!isRight) Wrong(name, what, 0);
    }

    public string Text(string name) => Required(name, OptionalText(name)) ?? "";

    public string? OptionalText(string name) => Find(name) is { } attribute ? attribute.S ?? Wrong<string?>(name, "is no string", null) : null;

    /// <summary>A set of strings.</summary>
    public IReadOnlyList<string> Texts(string name) => Required(name, Find(name)) is null ? [] : OptionalTexts(name);

    /// <summary>A set of strings; empty when it is absent.</summary>
    public IReadOnlyList<string> OptionalTexts(string name) =>
        Find(name) is { } attribute ? attribute.SS ?? Wrong<List<string>>(name, "is no set of strings", []) : [];

    /// <summary>A list of strings; null when it is absent.</summary>
    public IReadOnlyList<string>? OptionalList(string name) => Find(name) switch
    {
        null => null,
        { L: { } list } when list.TrueForAll(value => value.S is not null) => list.ConvertAll(value => value.S),
        _ => Wrong<IReadOnlyList<string>?>(name, "is no list of strings", null),
    };

    public long Number(string name) => Required(name, OptionalNumber(name)) ?? 0;

    public long? OptionalNumber(string name) => Find(name) is { } attribute ? NumberIn(name, attribute) : null;

    /// <summary>Epoch milliseconds.</summary>
    public DateTimeOffset Instant(string name) => Required(name, OptionalInstant(name)) ?? default;

    /// <inheritdoc cref="Instant"/>
    public DateTimeOffset? OptionalInstant(string name) => Find(name) is { } attribute ? InstantIn(name, attribute) : null;

    /// <summary>Epoch seconds, the unit of a time to live.</summary>
    public DateTimeOffset InstantOfSeconds(string name) => Number(name) is var seconds && seconds >= 0 && seconds <= MaxSeconds
        ? DateTimeOffset.FromUnixTimeSeconds(seconds)
        : Wrong(name, "is no time in epoch seconds", default(DateTimeOffset));

    /// <summary>A map of numbers; empty when it is absent.</summary>
    public IReadOnlyList<KeyValuePair<string, long>> Numbers(string name)
    {
        var numbers = new List<KeyValuePair<string, long>>();
        foreach (var (key, value) in Map(name)) numbers.Add(KeyValuePair.Create(key, NumberIn(name, value)));
        return numbers;
    }

    /// <summary>A map of epoch milliseconds; empty when it is absent.</summary>
    public IReadOnlyList<KeyValuePair<string, DateTimeOffset>> Instants(string name)
    {
        var instants = new List<KeyValuePair<string, DateTimeOffset>>();
        foreach (var (key, value) in Map(name)) instants.Add(KeyValuePair.Create(key, InstantIn(name, value)));
        return instants;
    }

    private readonly AttributeValue? Find(string name) => item.GetValueOrDefault(name);

    private Dictionary<string, AttributeValue> Map(string name) =>
        Find(name) is { } attribute ? attribute.M ?? Wrong<Dictionary<string, AttributeValue>>(name, "is no map", []) : [];

    private long NumberIn(string name, AttributeValue attribute) =>
        long.TryParse(attribute.N, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            ? number
            : Wrong(name, "is no whole number", 0L);

    private DateTimeOffset InstantIn(string name, AttributeValue attribute) =>
        NumberIn(name, attribute) is var milliseconds && milliseconds >= MinMilliseconds && milliseconds <= MaxMilliseconds
            ? DateTimeOffset.FromUnixTimeMilliseconds(milliseconds)
            : Wrong(name, "is no time in epoch milliseconds", default(DateTimeOffset));

    private T? Required<T>(string name, T? value) => value is null ? Wrong(name, "is missing", value) : value;

    private T Wrong<T>(string name, string what, T instead)
    {
        (Problem, ProblemAttribute) = (Problem ?? $"{name} {what}", ProblemAttribute ?? name);
        return instead;
    }
}
