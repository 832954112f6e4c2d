using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;
using Amazon.Lambda.Core;

namespace ChatEvents.Routes;

/// <summary>
/// Reads the members of an event that the handlers use, and writes answers. It is written by hand because JsonSerializer needs more time
/// to inspect the types of an event than a cold start needs for the rest of its work; see <c>docs/cold-start.md</c>.
/// </summary>
internal sealed class RouteSerializer : ILambdaSerializer
{
    // Relaxed: the answer is a document for the Lambda service, never part of an HTML page.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly object NoText = new();

    /// <exception cref="JsonException">The event is not JSON.</exception>
    /// <exception cref="InvalidOperationException">A member is of another type than API Gateway sends.</exception>
    public T Deserialize<T>(Stream requestStream)
    {
        using var json = JsonDocument.Parse(requestStream);
        return (T)(object)RequestIn(json.RootElement);
    }

    public void Serialize<T>(T response, Stream responseStream)
    {
        var answer = (APIGatewayProxyResponse)(object)response!;
        using var json = new Utf8JsonWriter(responseStream, Options);
        json.WriteStartObject();
        json.WriteNumber("statusCode", answer.StatusCode);
        if (answer.Body is not null)
        {
            json.WriteString("body", answer.Body);
        }

        if (answer.Headers is not null)
        {
            json.WriteStartObject("headers");
            foreach (var (name, value) in answer.Headers)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }

        json.WriteBoolean("isBase64Encoded", false);
        json.WriteEndObject();
    }

    private static RouteRequest RequestIn(JsonElement json) => new()
    {
        RequestContext = Member(json, "requestContext") is { } context ? ContextIn(context) : null,
        MultiValueQueryStringParameters = Member(json, "multiValueQueryStringParameters") is { } parameters ? ListsIn(parameters) : null,
        Subprotocols = HandshakeValues.Subprotocols(json),
        Body = Text(json, "body"),
    };

    private static RouteRequestContext ContextIn(JsonElement json) => new()
    {
        ConnectionId = Text(json, "connectionId"),
        MessageId = Text(json, "messageId"),
        RouteKey = Text(json, "routeKey"),
        RequestId = Text(json, "requestId"),
        DomainName = Text(json, "domainName"),
        Stage = Text(json, "stage"),
        ConnectedAt = Member(json, "connectedAt")?.GetInt64() ?? 0,
        RequestTimeEpoch = Member(json, "requestTimeEpoch")?.GetInt64() ?? 0,
        Identity = Member(json, "identity") is { } identity ? new() { SourceIp = Text(identity, "sourceIp") } : null,
        Authorizer = Member(json, "authorizer") is { } authorizer ? AuthorizerIn(authorizer) : null,
        DisconnectStatusCode = Member(json, "disconnectStatusCode")?.GetInt32(),
        DisconnectReason = Text(json, "disconnectReason"),
    };

    private static APIGatewayCustomAuthorizerContext AuthorizerIn(JsonElement json)
    {
        var authorizer = new APIGatewayCustomAuthorizerContext();
        foreach (var said in json.EnumerateObject())
        {
            // API Gateway sends strings here, and one number. No handler should read anything else as a string.
            authorizer[said.Name] = said.Value.ValueKind
                is JsonValueKind.String or JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False
                    ? said.Value.ToString()
                    : NoText;
        }

        return authorizer;
    }

    private static Dictionary<string, IList<string>> ListsIn(JsonElement json)
    {
        var lists = new Dictionary<string, IList<string>>();
        foreach (var parameter in json.EnumerateObject())
        {
            lists[parameter.Name] = [.. parameter.Value.EnumerateArray().Select(value => value.GetString()!)];
        }

        return lists;
    }

    private static string? Text(JsonElement json, string name) => Member(json, name)?.GetString();

    /// <summary>Members that do not apply are absent today, and were null in older events.</summary>
    private static JsonElement? Member(JsonElement json, string name) =>
        json.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
}
