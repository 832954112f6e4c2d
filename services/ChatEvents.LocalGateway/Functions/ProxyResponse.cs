using System.Text.Json;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>What a function answers under Lambda proxy integration: an object with an integer <c>statusCode</c>.</summary>
internal sealed record ProxyResponse(int StatusCode, string? Body, string? Subprotocol)
{
    public bool IsSuccess => StatusCode is >= 200 and < 300;

    /// <summary>Null when the answer is malformed, which API Gateway treats as a failed integration.</summary>
    public static ProxyResponse? Parse(ReadOnlyMemory<byte> payload)
    {
        try
        {
            using var json = JsonDocument.Parse(payload);
            var root = json.RootElement;
            if (root.ValueKind != JsonValueKind.Object
                || !root.TryGetProperty("statusCode", out var status)
                || status.ValueKind != JsonValueKind.Number
                || !status.TryGetInt32(out var code))
                return null;

            string? body = null;
            if (root.TryGetProperty("body", out var bodyElement) && bodyElement.ValueKind != JsonValueKind.Null)
            {
                if (bodyElement.ValueKind != JsonValueKind.String)
                    return null;
                body = bodyElement.GetString();
            }

            return new ProxyResponse(code, body, FindSubprotocol(root));
        }
        catch (Exception e) when (BrokenJson.Is(e))
        {
            return null;
        }
    }

    private static string? FindSubprotocol(JsonElement root)
    {
        if (!root.TryGetProperty("headers", out var headers) || headers.ValueKind != JsonValueKind.Object)
            return null;
        foreach (var header in headers.EnumerateObject())
        {
            if (header.Name.Equals("Sec-WebSocket-Protocol", StringComparison.OrdinalIgnoreCase)
                && header.Value.ValueKind == JsonValueKind.String)
                return header.Value.GetString();
        }

        return null;
    }
}
