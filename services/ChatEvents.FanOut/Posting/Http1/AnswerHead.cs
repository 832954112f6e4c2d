using System.Buffers.Text;
using System.Text;

namespace ChatEvents.FanOut.Posting.Http1;

/// <summary>Status line and headers of an HTTP/1.1 answer, as far as a post has a use for them (RFC 9112).</summary>
internal readonly struct AnswerHead
{
    private static ReadOnlySpan<byte> EndOfHead => "\r\n\r\n"u8;

    public required int Status { get; init; }

    /// <summary>Bytes of head, the empty line included.</summary>
    public required int Length { get; init; }

    /// <summary>Null where the body has another way to say where it ends.</summary>
    public long? ContentLength { get; init; }

    public bool IsChunked { get; init; }

    /// <summary>Whether the server keeps the socket open after this answer.</summary>
    public bool KeepsOpen { get; init; }

    public string? ErrorType { get; init; }

    public string? RetryAfter { get; init; }

    /// <summary>100 and the like: the answer proper is still to come.</summary>
    public bool IsInterim => Status < 200;

    public bool HasNoBody => Status is 204 or 304 || ContentLength == 0;

    /// <summary>Reads a head from the start of what was received; null while it is not whole.</summary>
    /// <exception cref="InvalidDataException">It is no HTTP.</exception>
    public static AnswerHead? Parse(ReadOnlySpan<byte> received)
    {
        var end = received.IndexOf(EndOfHead);
        if (end < 0)
            return null;

        var lines = received[..end];
        var statusLine = TakeLine(ref lines);
        if (!statusLine.StartsWith("HTTP/1."u8) || statusLine.Length < 12 || statusLine[8] != ' '
            || !Utf8Parser.TryParse(statusLine.Slice(9, 3), out int status, out var digits) || digits != 3 || status < 100)
            throw new InvalidDataException("The gateway's answer is no HTTP/1.1.");

        var keepsOpen = statusLine[7] != '0'; // HTTP/1.0 closes unless it says otherwise
        long? contentLength = null;
        var isChunked = false;
        string? errorType = null;
        string? retryAfter = null;
        while (!lines.IsEmpty)
        {
            var line = TakeLine(ref lines);
            var colon = line.IndexOf((byte)':');
            if (colon <= 0)
                throw new InvalidDataException("A header of the gateway's answer has no name.");

            var value = line[(colon + 1)..].Trim(" \t"u8);
            switch (colon)
            {
                case 14 when Is(line, "content-length"u8):
                    if (!Utf8Parser.TryParse(value, out long length, out var read) || read != value.Length || length < 0
                        || (contentLength ?? length) != length)
                        throw new InvalidDataException("The gateway's answer has no length that can be told.");
                    contentLength = length;
                    break;
                case 17 when Is(line, "transfer-encoding"u8):
                    isChunked = true; // the only one that a client which asks for none can get
                    break;
                case 10 when Is(line, "connection"u8):
                    keepsOpen = Ascii.EqualsIgnoreCase(value, "keep-alive"u8) || (keepsOpen && !Ascii.EqualsIgnoreCase(value, "close"u8));
                    break;
                case 16 when Is(line, "x-amzn-errortype"u8):
                    errorType = Encoding.ASCII.GetString(value);
                    break;
                case 11 when Is(line, "retry-after"u8):
                    retryAfter = Encoding.ASCII.GetString(value);
                    break;
            }
        }

        return new AnswerHead
        {
            Status = status,
            Length = end + EndOfHead.Length,
            ContentLength = isChunked ? null : contentLength,
            IsChunked = isChunked,
            KeepsOpen = keepsOpen,
            ErrorType = errorType,
            RetryAfter = retryAfter,
        };
    }

    private static bool Is(ReadOnlySpan<byte> line, ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(line[..name.Length], name);

    private static ReadOnlySpan<byte> TakeLine(ref ReadOnlySpan<byte> lines)
    {
        var end = lines.IndexOf("\r\n"u8);
        var line = end < 0 ? lines : lines[..end];
        lines = end < 0 ? [] : lines[(end + 2)..];
        return line;
    }
}
