using System.Text.Encodings.Web;
using System.Text.Json;
using Amazon.Lambda.Core;

namespace ChatEvents.Routes.Authorizing;

/// <summary>Reads what an authorizer is asked and writes its answer, by hand for the reason that <see cref="RouteSerializer"/> gives.</summary>
internal sealed class AuthorizerSerializer : ILambdaSerializer
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <exception cref="InvalidOperationException">The event is not one of a REQUEST authorizer.</exception>
    public T Deserialize<T>(Stream requestStream)
    {
        using var json = JsonDocument.Parse(requestStream);
        var root = json.RootElement;
        var context = Member(root, "requestContext");
        return (T)(object)new AuthorizerRequest
        {
            MethodArn = Text(root, "methodArn") ?? throw Lacks("methodArn"),
            ConnectionId = Text(context, "connectionId") ?? throw Lacks("requestContext.connectionId"),
            SourceAddress = Text(Member(context, "identity"), "sourceIp"),
            Authorization = ValuesOf(root, "multiValueHeaders", "headers", "Authorization", StringComparison.OrdinalIgnoreCase),
            Subprotocols = SubprotocolsIn(root),
            AccessTokens = ParametersIn(root, "access_token"),
            Client = ParametersIn(root, "client") is [var client] ? client : null,
        };
    }

    public void Serialize<T>(T response, Stream responseStream) => Write((AuthorizerAnswer)(object)response!, responseStream);

    public static int BytesOf(AuthorizerAnswer answer)
    {
        using var json = new MemoryStream();
        Write(answer, json);
        return (int)json.Length;
    }

    private static void Write(AuthorizerAnswer answer, Stream stream)
    {
        using var json = new Utf8JsonWriter(stream, Options);
        json.WriteStartObject();
        json.WriteString("principalId", answer.PrincipalId);
        json.WriteStartObject("policyDocument");
        json.WriteString("Version", "2012-10-17");
        json.WriteStartArray("Statement");
        json.WriteStartObject();
        json.WriteString("Action", "execute-api:Invoke");
        json.WriteString("Effect", answer.IsAllowed ? "Allow" : "Deny");
        json.WriteString("Resource", answer.Resource);
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartObject("context");
        foreach (var (name, value) in answer.Context) json.WriteString(name, value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>One header may list several, and there may be several headers.</summary>
    private static string[] SubprotocolsIn(JsonElement root) =>
    [
        .. ValuesOf(root, "multiValueHeaders", "headers", "Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase)
            .SelectMany(header => header.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)),
    ];

    private static List<string> ParametersIn(JsonElement root, string name) =>
        ValuesOf(root, "multiValueQueryStringParameters", "queryStringParameters", name, StringComparison.Ordinal);

    /// <summary>All values of a name; from the map that has only the last one where a gateway sends no other.</summary>
    private static List<string> ValuesOf(JsonElement root, string multi, string single, string name, StringComparison comparison)
    {
        var members = (Member(root, multi) ?? Member(root, single))?.EnumerateObject().Where(member => member.Name.Equals(name, comparison));
        return
        [
            .. from member in members ?? []
               from value in member.Value.ValueKind == JsonValueKind.Array ? member.Value.EnumerateArray().AsEnumerable() : [member.Value]
               select value.GetString() ?? "",
        ];
    }

    private static string? Text(JsonElement? json, string name) => Member(json, name)?.GetString();

    private static JsonElement? Member(JsonElement? json, string name) =>
        json is { } element && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static InvalidOperationException Lacks(string member) =>
        new($"The event has no {member}: this function is the authorizer of a WebSocket API.");
}
