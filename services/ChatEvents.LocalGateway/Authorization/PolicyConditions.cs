using System.Globalization;
using System.IO.Enumeration;
using System.Net;
using System.Text.Json;
using ChatEvents.LocalGateway.Connections;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>Evaluates the conditions of a policy for one handshake.</summary>
internal sealed class PolicyConditions(ConnectionFacts connection, ConnectRequest http, DateTimeOffset now)
{
    private const string IfExists = "IfExists";

    /// <summary>What could not be evaluated.</summary>
    public string Fault { get; private set; } = "";

    /// <summary>Whether all conditions hold. Null if one of them is unknown here.</summary>
    public bool? Hold(JsonElement condition)
    {
        if (condition.ValueKind == JsonValueKind.Undefined)
            return true;
        if (condition.ValueKind != JsonValueKind.Object)
            return Unknown("has a Condition that is not an object");
        var all = true;
        foreach (var operation in condition.EnumerateObject())
        {
            if (operation.Value.ValueKind != JsonValueKind.Object)
                return Unknown($"has a Condition {operation.Name} that is not an object");
            foreach (var key in operation.Value.EnumerateObject())
            {
                if (Holds(operation.Name, key.Name, [.. Policy.OneOrMany(key.Value).Select(value => value.ToString())]) is not { } holds)
                    return null;
                all &= holds;
            }
        }

        return all;
    }

    private bool? Holds(string operation, string key, string[] wanted)
    {
        if (!TryFind(key, out var actual))
            return Unknown($"has a condition on {key}, which this gateway does not know");
        if (operation == "Null")
            return wanted.Contains(actual is null ? "true" : "false", StringComparer.OrdinalIgnoreCase);
        var isOptional = operation.EndsWith(IfExists, StringComparison.Ordinal);
        var name = isOptional ? operation[..^IfExists.Length] : operation;
        var isNegated = name.Contains("Not", StringComparison.Ordinal);
        if (Comparison(name.Replace("Not", "", StringComparison.Ordinal)) is not { } compare)
            return Unknown($"has a condition {operation}, which this gateway does not know");
        if (actual is null)
            return isOptional || isNegated;
        try
        {
            return wanted.Any(value => compare(actual, value)) != isNegated;
        }
        catch (FormatException)
        {
            return Unknown($"has a condition {operation} on {key} with a value that is none: {string.Join(", ", wanted)}");
        }
    }

    private static Func<string, string, bool>? Comparison(string operation) => operation switch
    {
        "StringEquals" => static (actual, wanted) => actual == wanted,
        "StringEqualsIgnoreCase" or "Bool" => static (actual, wanted) => actual.Equals(wanted, StringComparison.OrdinalIgnoreCase),
        "StringLike" => static (actual, wanted) => FileSystemName.MatchesSimpleExpression(wanted, actual, ignoreCase: false),
        "IpAddress" => static (actual, wanted) => Network(wanted).Contains(IPAddress.Parse(actual)),
        "DateEquals" or "NumericEquals" => static (actual, wanted) => Instant(actual) == Instant(wanted),
        "DateLessThan" or "NumericLessThan" => static (actual, wanted) => Instant(actual) < Instant(wanted),
        "DateLessThanEquals" or "NumericLessThanEquals" => static (actual, wanted) => Instant(actual) <= Instant(wanted),
        "DateGreaterThan" or "NumericGreaterThan" => static (actual, wanted) => Instant(actual) > Instant(wanted),
        "DateGreaterThanEquals" or "NumericGreaterThanEquals" => static (actual, wanted) => Instant(actual) >= Instant(wanted),
        _ => null,
    };

    private static IPNetwork Network(string text) =>
        text.Contains('/', StringComparison.Ordinal) ? IPNetwork.Parse(text) : new IPNetwork(IPAddress.Parse(text), text.Contains(':', StringComparison.Ordinal) ? 128 : 32);

    /// <summary>Seconds since 1970, which policies may write as a number too.</summary>
    private static double Instant(string text) => double.TryParse(text, CultureInfo.InvariantCulture, out var seconds)
        ? seconds
        : DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal).ToUnixTimeMilliseconds() / 1000.0;

    /// <summary>False for a key that is unknown here. The names of keys have no case.</summary>
    private bool TryFind(string key, out string? value)
    {
        (var isKnown, value) = key.ToUpperInvariant() switch
        {
            "AWS:SOURCEIP" => (true, connection.SourceIp),
            "AWS:USERAGENT" => (true, connection.UserAgent),
            "AWS:REFERER" => (true, Header("Referer")),
            "AWS:SECURETRANSPORT" => (true, Header("X-Forwarded-Proto") == "https" ? "true" : "false"),
            "AWS:CURRENTTIME" => (true, now.UtcDateTime.ToString("O", CultureInfo.InvariantCulture)),
            "AWS:EPOCHTIME" => (true, now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)),
            _ => (false, null),
        };
        return isKnown;
    }

    private string? Header(string name) =>
        http.Headers.FirstOrDefault(header => header.Key.Equals(name, StringComparison.OrdinalIgnoreCase)).Value?[^1];

    private bool? Unknown(string fault)
    {
        Fault = fault;
        return null;
    }
}
