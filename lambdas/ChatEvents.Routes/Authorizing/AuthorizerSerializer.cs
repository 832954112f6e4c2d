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
            Authorization = HandshakeValues.OfHeader(root, "Authorization"),
            Subprotocols = HandshakeValues.Subprotocols(root),
            AccessTokens = HandshakeValues.OfParameter(root, "access_token"),
            Client = HandshakeValues.OfParameter(root, "client") is [var client] ? client : null,
            Protocols = HandshakeValues.OfParameter(root, Subprotocol.Parameter),
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

    private static string? Text(JsonElement? json, string name) => Member(json, name)?.GetString();

    private static JsonElement? Member(JsonElement? json, string name) =>
        json is { } element && element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static InvalidOperationException Lacks(string member) =>
        new($"The event has no {member}: this function is the authorizer of a WebSocket API.");
}
