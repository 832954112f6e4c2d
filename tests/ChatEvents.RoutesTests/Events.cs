using System.Text.Json.Nodes;

namespace ChatEvents.RoutesTests;

/// <summary>Events as API Gateway sends them today: what does not apply is absent, not null.</summary>
internal static class Events
{
    public const string ConnectionId = "A-b9_xYzoAMCK1g=";
    public const string RequestId = "Qv7mVHZSoAMFkJw=";
    public const string MethodArn = "arn:aws:execute-api:eu-central-1:111122223333:k3x9ab12cd/prod/$connect";
    public const string MessageId = "Qv7mVtfGIAMCJw8=";

    /// <summary>A <c>$connect</c>, with the rooms in the query string.</summary>
    public static JsonObject Connect(params string[] rooms)
    {
        var json = Parse("""
            {
              "headers": {
                "Host": "k3x9ab12cd.execute-api.eu-central-1.amazonaws.com",
                "Origin": "https://app.example.com",
                "Sec-WebSocket-Extensions": "permessage-deflate; client_max_window_bits",
                "Sec-WebSocket-Key": "q4xkcO32u266gldTuKaSOw==",
                "Sec-WebSocket-Version": "13",
                "User-Agent": "MyClient/1.0",
                "X-Amzn-Trace-Id": "Root=1-69204b11-0123456789abcdef01234567",
                "X-Forwarded-For": "203.0.113.7",
                "X-Forwarded-Port": "443",
                "X-Forwarded-Proto": "https"
              },
              "multiValueHeaders": {
                "Host": ["k3x9ab12cd.execute-api.eu-central-1.amazonaws.com"],
                "Sec-WebSocket-Version": ["13"]
              },
              "requestContext": {
                "routeKey": "$connect",
                "eventType": "CONNECT",
                "extendedRequestId": "Qv7mVHZSoAMFkJw=",
                "requestTime": "21/Nov/2026:11:35:24 +0000",
                "messageDirection": "IN",
                "stage": "prod",
                "connectedAt": 1795260924518,
                "requestTimeEpoch": 1795260924519,
                "identity": { "userAgent": "MyClient/1.0", "sourceIp": "203.0.113.7" },
                "requestId": "Qv7mVHZSoAMFkJw=",
                "domainName": "k3x9ab12cd.execute-api.eu-central-1.amazonaws.com",
                "connectionId": "A-b9_xYzoAMCK1g=",
                "apiId": "k3x9ab12cd"
              },
              "isBase64Encoded": false
            }
            """);
        if (rooms.Length > 0)
        {
            json["queryStringParameters"] = new JsonObject { ["room"] = rooms[^1] };
            json["multiValueQueryStringParameters"] = new JsonObject { ["room"] = new JsonArray([.. rooms]) };
        }

        return json;
    }

    /// <summary>What a REQUEST authorizer is asked.</summary>
    public static JsonObject Authorize()
    {
        var json = Connect();
        json["type"] = "REQUEST";
        json["methodArn"] = MethodArn;
        json["queryStringParameters"] = new JsonObject();
        json["multiValueQueryStringParameters"] = new JsonObject();
        json["stageVariables"] = new JsonObject();
        return json;
    }

    /// <summary>The same with one more header.</summary>
    public static JsonObject WithHeader(this JsonObject json, string name, params string[] values) =>
        json.With("headers", "multiValueHeaders", name, values);

    /// <summary>The same with one more query parameter.</summary>
    public static JsonObject WithParameter(this JsonObject json, string name, params string[] values) =>
        json.With("queryStringParameters", "multiValueQueryStringParameters", name, values);

    /// <summary>What a REQUEST authorizer adds to every event of the connection.</summary>
    public static JsonObject WithAuthorizer(this JsonObject json, string principalId)
    {
        json["requestContext"]!["authorizer"] = new JsonObject
        {
            ["principalId"] = principalId,
            ["tenant"] = "acme",
            ["integrationLatency"] = 23,
        };
        return json;
    }

    /// <summary>What our own authorizer adds for a user.</summary>
    public static JsonObject From(this JsonObject json, string user, params (string Name, JsonNode? Value)[] context)
    {
        var authorizer = new JsonObject { ["principalId"] = user, ["join"] = "[\"*\"]", ["post"] = "[\"*\"]", ["integrationLatency"] = 23 };
        foreach (var (name, value) in context) authorizer[name] = value;
        json["requestContext"]!["authorizer"] = authorizer;
        return json;
    }

    /// <summary>A message; without a body when the frame was empty.</summary>
    public static JsonObject Message(string routeKey, string? body)
    {
        var json = Parse("""
            {
              "requestContext": {
                "routeKey": "",
                "messageId": "Qv7mVtfGIAMCJw8=",
                "eventType": "MESSAGE",
                "extendedRequestId": "Qv7mVHZSoAMFkJw=",
                "requestTime": "21/Nov/2026:11:36:01 +0000",
                "messageDirection": "IN",
                "stage": "prod",
                "connectedAt": 1795260924518,
                "requestTimeEpoch": 1795260961242,
                "identity": { "userAgent": "MyClient/1.0", "sourceIp": "203.0.113.7" },
                "requestId": "Qv7mVHZSoAMFkJw=",
                "domainName": "k3x9ab12cd.execute-api.eu-central-1.amazonaws.com",
                "connectionId": "A-b9_xYzoAMCK1g=",
                "apiId": "k3x9ab12cd"
              },
              "isBase64Encoded": false
            }
            """);
        json["requestContext"]!["routeKey"] = routeKey;
        if (body != null)
        {
            json["body"] = body;
        }

        return json;
    }

    /// <summary>The same message, sent this long after the handshake. The default is more than half a minute.</summary>
    public static JsonObject SentAfter(this JsonObject message, TimeSpan age)
    {
        var context = message["requestContext"]!;
        context["requestTimeEpoch"] = context["connectedAt"]!.GetValue<long>() + (long)age.TotalMilliseconds;
        return message;
    }

    public static JsonObject Disconnect() => Parse("""
        {
          "headers": { "Host": "k3x9ab12cd.execute-api.eu-central-1.amazonaws.com", "x-api-key": "", "X-Forwarded-For": "", "x-restapi": "" },
          "multiValueHeaders": { "Host": ["k3x9ab12cd.execute-api.eu-central-1.amazonaws.com"], "x-api-key": [""] },
          "requestContext": {
            "routeKey": "$disconnect",
            "disconnectStatusCode": 1005,
            "eventType": "DISCONNECT",
            "extendedRequestId": "Qv7mVHZSoAMFkJw=",
            "requestTime": "21/Nov/2026:11:40:10 +0000",
            "messageDirection": "IN",
            "disconnectReason": "Client-side close frame status not set",
            "stage": "prod",
            "connectedAt": 1795260924518,
            "requestTimeEpoch": 1795261210003,
            "identity": { "userAgent": "MyClient/1.0", "sourceIp": "203.0.113.7" },
            "requestId": "Qv7mVHZSoAMFkJw=",
            "domainName": "k3x9ab12cd.execute-api.eu-central-1.amazonaws.com",
            "connectionId": "A-b9_xYzoAMCK1g=",
            "apiId": "k3x9ab12cd"
          },
          "isBase64Encoded": false
        }
        """);

    private static JsonObject With(this JsonObject json, string single, string multi, string name, string[] values)
    {
        json[single] ??= new JsonObject();
        json[multi] ??= new JsonObject();
        json[single]![name] = values[^1];
        json[multi]![name] = new JsonArray([.. values]);
        return json;
    }

    private static JsonObject Parse(string json) => JsonNode.Parse(json)!.AsObject();
}
