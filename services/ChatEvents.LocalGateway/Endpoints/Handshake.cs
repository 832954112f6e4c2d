using System.Security.Cryptography;
using System.Text;
using ChatEvents.LocalGateway.WebSockets;
using Microsoft.AspNetCore.Http.Features;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>The opening handshake of RFC 6455, section 4.2.</summary>
internal static class Handshake
{
    private const string KeySuffix = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Of path and query; AWS page <i>apigateway-execution-service-websocket-limits-table</i>.</summary>
    private const int UrlLimit = 4096;

    /// <summary>Null if the request is a proper WebSocket handshake, else the status to answer, and the reason.</summary>
    public static (int Status, string Reason)? FindFault(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Length > UrlLimit)
            return (StatusCodes.Status414UriTooLong, $"the URL is longer than {UrlLimit} characters");
        if (http.Request.Protocol != HttpProtocol.Http11
            || http.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
            || !HasToken(headers.Upgrade.ToString(), "websocket"))
            return (StatusCodes.Status426UpgradeRequired, "it is not a WebSocket handshake");
        if (headers.SecWebSocketVersion != "13")
            return (StatusCodes.Status426UpgradeRequired, "the Sec-WebSocket-Version is not 13");
        return IsKey(headers.SecWebSocketKey.ToString())
            ? null
            : (StatusCodes.Status400BadRequest, "the Sec-WebSocket-Key is not 16 bytes in base64");
    }

    public static void Reject(HttpContext http, int status)
    {
        http.Response.StatusCode = status;
        if (status == StatusCodes.Status426UpgradeRequired)
        {
            http.Response.Headers.Upgrade = "websocket";
            http.Response.Headers.SecWebSocketVersion = "13";
        }
    }

    /// <summary>Answers 101 and gives the raw stream of the connection.</summary>
    public static Task<Stream> AcceptAsync(HttpContext http, string? subprotocol, bool deflate)
    {
        var headers = http.Response.Headers;
        headers.Connection = "Upgrade";
        headers.Upgrade = "websocket";
        headers.SecWebSocketAccept = AcceptFor(http.Request.Headers.SecWebSocketKey.ToString());
        if (subprotocol is not null)
            headers.SecWebSocketProtocol = subprotocol;
        if (deflate)
            headers.SecWebSocketExtensions = PermessageDeflate.Agreement;
        return http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    private static bool HasToken(string header, string token) =>
        header.Split(',', StringSplitOptions.TrimEntries).Contains(token, StringComparer.OrdinalIgnoreCase);

    private static bool IsKey(string key)
    {
        Span<byte> bytes = stackalloc byte[18];
        return key.Length == 24 && Convert.TryFromBase64String(key, bytes, out var length) && length == 16;
    }

    private static string AcceptFor(string key) =>
#pragma warning disable CA5350 // SHA-1 is what the protocol prescribes; it proves that the server speaks WebSocket, nothing more.
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + KeySuffix)));
#pragma warning restore CA5350
}
