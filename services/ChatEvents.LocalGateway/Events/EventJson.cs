using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using ChatEvents.LocalGateway.Connections;

namespace ChatEvents.LocalGateway.Events;

/// <summary>What all events of one API have in common.</summary>
internal sealed record ApiFacts(
    string ApiId, string Stage, string Region, string AccountId, IReadOnlyDictionary<string, string> StageVariables)
{
    /// <summary>The resource of an authorizer's decision.</summary>
    public string ConnectArn => $"arn:aws:execute-api:{Region}:{AccountId}:{ApiId}/{Stage}/$connect";
}

/// <summary>What differs in every event: its id and time.</summary>
internal readonly record struct RequestFacts(string RequestId, DateTimeOffset At);

/// <summary>The parts that all events share, in AWS's order of members.</summary>
internal static class EventJson
{
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static byte[] Build<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(buffer, Options))
        {
            json.WriteStartObject();
            write(json, state);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>The format of Apache's access logs.</summary>
    public static string RequestTime(DateTimeOffset at) =>
        at.UtcDateTime.ToString("dd/MMM/yyyy:HH:mm:ss +0000", CultureInfo.InvariantCulture);

    /// <summary>Writes <c>requestContext</c>. <paramref name="special"/> adds the members of one kind of event.</summary>
    public static void WriteRequestContext(
        this Utf8JsonWriter json,
        ApiFacts api,
        ConnectionFacts connection,
        RequestFacts request,
        string routeKey,
        string eventType,
        Action<Utf8JsonWriter>? special = null)
    {
        json.WriteStartObject("requestContext");
        json.WriteString("routeKey", routeKey);
        if (connection.Authorizer is { } authorizer)
        {
            json.WritePropertyName("authorizer");
            json.WriteRawValue(authorizer, skipInputValidation: true);
        }

        special?.Invoke(json);
        json.WriteString("eventType", eventType);
        json.WriteString("extendedRequestId", request.RequestId);
        json.WriteString("requestTime", RequestTime(request.At));
        json.WriteString("messageDirection", "IN");
        json.WriteString("stage", api.Stage);
        json.WriteNumber("connectedAt", connection.ConnectedAt.ToUnixTimeMilliseconds());
        json.WriteNumber("requestTimeEpoch", request.At.ToUnixTimeMilliseconds());
        json.WriteStartObject("identity");
        if (connection.UserAgent is not null)
            json.WriteString("userAgent", connection.UserAgent);
        json.WriteString("sourceIp", connection.SourceIp);
        json.WriteEndObject();
        json.WriteString("requestId", request.RequestId);
        json.WriteString("domainName", connection.DomainName);
        json.WriteString("connectionId", connection.Id);
        json.WriteString("apiId", api.ApiId);
        json.WriteEndObject();
    }

    /// <summary>The single-value map (last value wins) and the multi-value map of headers or query parameters.</summary>
    public static void WriteValues(
        this Utf8JsonWriter json, string single, string multi, IEnumerable<KeyValuePair<string, string[]>> values)
    {
        json.WriteStartObject(single);
        foreach (var (name, all) in values)
            json.WriteString(name, all[^1]);
        json.WriteEndObject();

        json.WriteStartObject(multi);
        foreach (var (name, all) in values)
        {
            json.WriteStartArray(name);
            foreach (var value in all)
                json.WriteStringValue(value);
            json.WriteEndArray();
        }

        json.WriteEndObject();
    }

    public static void WriteStageVariables(this Utf8JsonWriter json, ApiFacts api)
    {
        json.WriteStartObject("stageVariables");
        foreach (var (name, value) in api.StageVariables)
            json.WriteString(name, value);
        json.WriteEndObject();
    }

    public static void WriteNotBase64(this Utf8JsonWriter json) => json.WriteBoolean("isBase64Encoded", false);
}
