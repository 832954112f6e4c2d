using System.Security.Cryptography;
using ChatEvents.FanOut.Posting.Http2;

namespace ChatEvents.FanOut.Posting;

/// <summary>Writes the heads of requests, signed, in the form of either version of HTTP.</summary>
public sealed class RequestHeads(PostSigner signer, CallbackCredentials credentials, TimeProvider time)
{
    /// <summary>More than the names of all headers, and what stands between them, take.</summary>
    private const int NamesLength = 384;

    private const int SignatureLength = 2 * SHA256.HashSizeInBytes;

    /// <summary>Request line and headers of HTTP/1.1, with the empty line behind them.</summary>
    /// <returns>How many bytes it is.</returns>
    internal int WriteHttp1(ref byte[] buffer, in GatewayRequest request)
    {
        var signed = Sign(stackalloc byte[SignatureLength], request);
        var head = new AsciiWriter(Reserve(ref buffer, request, signed));
        head.Add(request.Method);
        head.Add(" "u8);
        head.Add(request.Endpoint.Path.Span);
        head.Add(request.ConnectionId);
        head.Add(" HTTP/1.1\r\nHost: "u8);
        head.Add(request.Endpoint.Host.Span);
        head.Add("\r\nContent-Length: "u8);
        head.Add(request.Body.Length);
        head.Add("\r\nX-Amz-Date: "u8);
        head.Add(signed.Date);
        head.Add("\r\nX-Amz-Content-SHA256: "u8);
        head.Add(signed.PayloadHash);
        if (!signed.Token.IsEmpty)
        {
            head.Add("\r\nX-Amz-Security-Token: "u8);
            head.Add(signed.Token);
        }

        head.Add("\r\nAuthorization: "u8);
        head.Add(signed.Authorization);
        head.Add(signed.Signature);
        head.Add("\r\n\r\n"u8);
        return head.Length;
    }

    /// <summary>The header block of HTTP/2.</summary>
    /// <returns>How many bytes it is.</returns>
    internal int WriteHttp2(ref byte[] buffer, in GatewayRequest request)
    {
        var signed = Sign(stackalloc byte[SignatureLength], request);
        var block = new HpackWriter(Reserve(ref buffer, request, signed));
        block.AddMethod(request.Method);
        block.AddScheme(request.Endpoint.TlsName is not null);
        block.AddAuthority(request.Endpoint.Host.Span);
        block.AddPath(request.Endpoint.Path.Span, request.ConnectionId);
        block.AddContentLength(request.Body.Length);
        block.Add("x-amz-date"u8, signed.Date);
        block.Add("x-amz-content-sha256"u8, signed.PayloadHash);
        if (!signed.Token.IsEmpty)
            block.Add("x-amz-security-token"u8, signed.Token);
        block.AddAuthorization(signed.Authorization, signed.Signature);
        return block.Length;
    }

    private SignedHeaders Sign(Span<byte> signature, in GatewayRequest request) => signer.Sign(
        signature, request.Method, request.Endpoint, request.ConnectionId, request.PayloadHash, credentials.Current, time.GetUtcNow());

    private static Span<byte> Reserve(ref byte[] buffer, in GatewayRequest request, SignedHeaders signed)
    {
        var atMost =
            NamesLength + request.Endpoint.Path.Length + request.ConnectionId.Length + request.Endpoint.Host.Length + signed.Length;
        if (buffer.Length < atMost)
            buffer = new byte[atMost];
        return buffer;
    }
}
