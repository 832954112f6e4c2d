using System.Net;
using System.Security.Cryptography;
using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Posting;

/// <summary>A chat message as it is posted, the same bytes to every connection: rendered, hashed and wrapped once.</summary>
public sealed class RenderedMessage
{
    public RenderedMessage(string messageId, string text)
    {
        MessageId = messageId;
        Body = Encoding.UTF8.GetBytes(text);
        PayloadHash = Convert.ToHexStringLower(SHA256.HashData(Body.Span));
        Content = new SharedContent(Body);
    }

    public string MessageId { get; }

    public ReadOnlyMemory<byte> Body { get; }

    /// <summary>SHA-256 of the body in lower-case hex, as the signature and its header want it.</summary>
    public string PayloadHash { get; }

    /// <summary>One content for all requests, whichever run at once; it holds no state and must not be disposed with a request.</summary>
    public HttpContent Content { get; }

    public bool IsTooLarge => Body.Length > Limits.MaxGatewayMessageBytes;

    private sealed class SharedContent : HttpContent
    {
        private readonly ReadOnlyMemory<byte> _body;

        public SharedContent(ReadOnlyMemory<byte> body)
        {
            _body = body;
            Headers.ContentLength = body.Length; // computed now, since later several requests would do so at once
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            stream.WriteAsync(_body).AsTask();

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            stream.WriteAsync(_body, cancellationToken).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = _body.Length;
            return true;
        }
    }
}
