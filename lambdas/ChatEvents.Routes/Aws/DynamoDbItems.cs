using System.Globalization;
using System.Text.Json;

namespace ChatEvents.Routes.Aws;

/// <summary>Calls of DynamoDB on single items, and how its JSON writes them.</summary>
internal static class DynamoDbItems
{
    /// <summary>Reads one item.</summary>
    /// <param name="dynamoDb">A client of DynamoDB.</param>
    /// <param name="table">The table.</param>
    /// <param name="key">The attributes of the key, which are strings.</param>
    /// <param name="answering">Cancelled when an answer would come too late.</param>
    /// <param name="writeMore">Writes further members of the request.</param>
    /// <param name="consistent">Whether the read is strongly consistent, at twice the price.</param>
    /// <returns>The answer, which has the member <c>Item</c> if there is such an item.</returns>
    /// <exception cref="AwsCallException">The table cannot be read.</exception>
    public static Task<JsonDocument> GetItemAsync(
        this AwsClient dynamoDb,
        string table,
        (string Name, string Value)[] key,
        CancellationToken answering,
        Action<Utf8JsonWriter>? writeMore = null,
        bool consistent = true) => dynamoDb.CallAsync(
        "DynamoDB_20120810.GetItem",
        json =>
        {
            json.WriteString("TableName", table);
            json.WriteStartObject("Key");
            foreach (var (name, value) in key) json.WriteText(name, value);
            json.WriteEndObject();
            json.WriteBoolean("ConsistentRead", consistent);
            writeMore?.Invoke(json);
        },
        answering);

    /// <summary>Writes an attribute that is a string.</summary>
    public static void WriteText(this Utf8JsonWriter json, string name, string value)
    {
        json.WriteStartObject(name);
        json.WriteString("S", value);
        json.WriteEndObject();
    }

    /// <summary>An attribute of a row that is a string; null if it is missing, or none.</summary>
    public static string? TextOf(this JsonElement row, string name) =>
        row.TryGetProperty(name, out var value) && value.TryGetProperty("S", out var text) ? text.GetString() : null;

    /// <summary>An attribute of a row that is a whole number; null if it is missing, or none.</summary>
    public static long? NumberOf(this JsonElement row, string name) =>
        row.TryGetProperty(name, out var value)
        && value.TryGetProperty("N", out var number)
        && long.TryParse(number.GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var parsed)
            ? parsed
            : null;
}
