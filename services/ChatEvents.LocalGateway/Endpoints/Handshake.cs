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

    /// <summary>Null when the request is a proper WebSocket handshake, else the status to answer.</summary>
    public static int? FindFault(HttpContext http)
    {
        var headers = http.Request.Headers;
        if (http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Length > UrlLimit)
            return StatusCodes.Status414UriTooLong;
        if (http.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true }
            || !headers.Upgrade.ToString().Contains("websocket", StringComparison.OrdinalIgnoreCase))
            return StatusCodes.Status426UpgradeRequired;
        if (headers.SecWebSocketVersion != "13")
            return StatusCodes.Status426UpgradeRequired;
        return IsKey(headers.SecWebSocketKey.ToString()) ? null : StatusCodes.Status400BadRequest;
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
