using System.Globalization;
using System.Text;
using System.Text.Json;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>What a function answers under Lambda proxy integration: an object with an integer <c>statusCode</c>.</summary>
internal sealed record ProxyResponse(int StatusCode, string? Body, string? Subprotocol)
{
    private static readonly string[] Members = ["statusCode", "headers", "multiValueHeaders", "body", "isBase64Encoded"];

    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <summary>False if the answer is malformed, which API Gateway treats as a failed integration.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> payload, AnswerOptions options, out ProxyResponse response, out string fault)
    {
        response = new ProxyResponse(200, null, null);
        try
        {
            using var json = JsonDocument.Parse(payload, new JsonDocumentOptions { MaxDepth = int.MaxValue });
            fault = Read(json.RootElement, options, ref response) ?? "";
        }
        catch (Exception e) when (BrokenJson.Is(e))
        {
            fault = "it is not JSON";
        }

        return fault.Length == 0;
    }

    private static string? Read(JsonElement root, AnswerOptions options, ref ProxyResponse response)
    {
        if (root.ValueKind == JsonValueKind.Null && options.AllowNull)
            return null;
        if (root.ValueKind != JsonValueKind.Object)
            return $"it is {KindOf(root)}, not an object with a statusCode (see answers in docs/local-gateway.md)";
        if (!root.TryGetProperty("statusCode", out var status))
            return "it has no statusCode";
        if (ReadStatus(status, options) is not { } code)
            return $"its statusCode is {KindOf(status)}, not a whole number";
        if (options.Strict && root.EnumerateObject().FirstOrDefault(member => !Members.Contains(member.Name)) is { Value.ValueKind: not JsonValueKind.Undefined } unknown)
            return $"it has a member '{Quote.Line(unknown.Name)}', which a proxy response does not have";
        var hasHeaders = root.TryGetProperty("headers", out var headers) && headers.ValueKind != JsonValueKind.Null;
        if (options.Strict && hasHeaders && headers.ValueKind != JsonValueKind.Object)
            return $"its headers are {KindOf(headers)}, not an object";

        string? body = null;
        if (root.TryGetProperty("body", out var text) && text.ValueKind != JsonValueKind.Null)
        {
            if (text.ValueKind != JsonValueKind.String)
                return $"its body is {KindOf(text)}, not a string";
            body = text.GetString()!;
            if (options.DecodeBase64 && root.TryGetProperty("isBase64Encoded", out var isEncoded) && isEncoded.ValueKind == JsonValueKind.True)
            {
                if (!text.TryGetBytesFromBase64(out var bytes))
                    return "its body is not base64";
                body = Encoding.UTF8.GetString(bytes);
            }
        }

        response = new ProxyResponse(code, body, hasHeaders && headers.ValueKind == JsonValueKind.Object ? FindSubprotocol(headers) : null);
        return null;
    }

    private static int? ReadStatus(JsonElement status, AnswerOptions options) => status.ValueKind switch
    {
        JsonValueKind.Number when status.TryGetInt32(out var code) => code,
        JsonValueKind.String when options.AllowTextStatus
            && int.TryParse(status.GetString(), NumberStyles.None, CultureInfo.InvariantCulture, out var code) => code,
        _ => null,
    };

    private static string KindOf(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Null => "null",
        JsonValueKind.String => "text",
        JsonValueKind.Number => "a number",
        JsonValueKind.True or JsonValueKind.False => "true or false",
        JsonValueKind.Array => "a list",
        _ => "an object",
    };

    private static string? FindSubprotocol(JsonElement headers)
    {
        foreach (var header in headers.EnumerateObject())
        {
            if (header.Name.Equals("Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase)
                && header.Value.ValueKind == JsonValueKind.String)
                return header.Value.GetString();
        }

        return null;
    }
}
