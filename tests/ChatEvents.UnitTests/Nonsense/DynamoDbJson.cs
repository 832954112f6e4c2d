using System.Text.Json;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.UnitTests.Nonsense;

/// <summary>Items as DynamoDB writes them on the wire.</summary>
internal static class DynamoDbJson
{
    /// <summary>The answer to a query.</summary>
    public static byte[] OfAnswer(IEnumerable<Dictionary<string, AttributeValue>> items, Dictionary<string, AttributeValue>? last)
    {
        var answer = new JsonObject { ["Items"] = new JsonArray([.. items.Select(Of)]) };
        if (last is not null) answer["LastEvaluatedKey"] = Of(last);
        return JsonSerializer.SerializeToUtf8Bytes(answer);
    }

    /// <summary>The same text for equal values.</summary>
    public static string TextOf(AttributeValue value) => Of(value).ToJsonString();

    public static JsonObject Of(Dictionary<string, AttributeValue> item) =>
        new(item.Select(attribute => KeyValuePair.Create(attribute.Key, (JsonNode?)Of(attribute.Value))));

    private static JsonObject Of(AttributeValue value) => value switch
    {
        { S: { } text } => new() { ["S"] = text },
        { N: { } number } => new() { ["N"] = number },
        { BOOL: { } bit } => new() { ["BOOL"] = bit },
        { NULL: true } => new() { ["NULL"] = true },
        { SS: { } texts } => new() { ["SS"] = new JsonArray([.. texts.Select(text => (JsonNode?)text)]) },
        { NS: { } numbers } => new() { ["NS"] = new JsonArray([.. numbers.Select(number => (JsonNode?)number)]) },
        { L: { } list } => new() { ["L"] = new JsonArray([.. list.Select(Of)]) },
        { M: { } map } => new() { ["M"] = Of(map) },
        _ => new() { ["B"] = Convert.ToBase64String(value.B?.ToArray() ?? []) },
    };
}
