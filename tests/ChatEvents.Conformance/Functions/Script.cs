using System.Text.Json;
using System.Text.Json.Serialization;

namespace ChatEvents.Conformance.Functions;

/// <summary>
/// What a function is to do with one event. The client sends it along, in the header <c>X-Do</c> of a handshake, <c>X-Authorize</c> for the
/// authorizer, or in the member <c>do</c> of a message, so that deployed functions can be asked the same as those that the suite runs.
/// </summary>
/// <param name="Answer">The text of the answer, which need not be JSON; <c>{{connectionId}}</c> in it is replaced. Default: status 200.</param>
/// <param name="Throw">Fails with this message.</param>
/// <param name="WaitMs">Waits before it answers.</param>
internal sealed record Script(string? Answer = null, string? Throw = null, int WaitMs = 0)
{
    public static Script Status(int status) => new($$"""{"statusCode":{{status}}}""");

    public static Script Body(string body, int status = 200) =>
        new(JsonSerializer.Serialize(new ProxyAnswer(status, body), ScriptJson.Default.ProxyAnswer));

    public string ToJson() => JsonSerializer.Serialize(this, ScriptJson.Default.Script);

    public static Script Of(string function, JsonElement @event) => function switch
    {
        "connect" => Parse(Header(@event, "X-Do")),
        "authorize" => Parse(Header(@event, "X-Authorize")) is { Answer: null, Throw: null } given ? given with { Answer = Allow(@event) } : Parse(Header(@event, "X-Authorize")),
        "message" => OfMessage(@event),
        _ => new Script(),
    };

    /// <summary>Headers keep the client's spelling on AWS, but a rule about that should be the only one that notices.</summary>
    public static string? Header(JsonElement @event, string name)
    {
        if (@event.TryGetProperty("headers", out var headers) && headers.ValueKind == JsonValueKind.Object)
        {
            foreach (var header in headers.EnumerateObject())
            {
                if (header.Name.Equals(name, StringComparison.OrdinalIgnoreCase) && header.Value.ValueKind == JsonValueKind.String)
                    return header.Value.GetString();
            }
        }

        return null;
    }

    private static string Allow(JsonElement @event)
    {
        var arn = @event.TryGetProperty("methodArn", out var given) ? given.ToString() : "*";
        return Policy("Allow", arn);
    }

    /// <summary>An authorizer's answer. In <paramref name="resource"/>, <c>METHOD_ARN</c> cannot be known by the client, so it uses <c>*</c>.</summary>
    public static string Policy(string effect, string resource, string context = "{}") => $$"""
        {"principalId":"user-17","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"{{effect}}","Resource":"{{resource}}"}]},"context":{{context}}}
        """.Trim();

    private static Script OfMessage(JsonElement @event)
    {
        try
        {
            if (@event.TryGetProperty("body", out var body) && body.ValueKind == JsonValueKind.String)
            {
                using var json = JsonDocument.Parse(body.GetString()!);
                if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("do", out var script))
                    return Parse(script.GetRawText());
            }
        }
        catch (JsonException)
        {
            // A message without a script.
        }

        return new Script();
    }

    private static Script Parse(string? json)
    {
        try
        {
            return json is null ? new Script() : JsonSerializer.Deserialize(json, ScriptJson.Default.Script) ?? new Script();
        }
        catch (JsonException)
        {
            return new Script();
        }
    }
}

internal sealed record ProxyAnswer(int StatusCode, string Body);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault)]
[JsonSerializable(typeof(Script))]
[JsonSerializable(typeof(ProxyAnswer))]
internal sealed partial class ScriptJson : JsonSerializerContext;
