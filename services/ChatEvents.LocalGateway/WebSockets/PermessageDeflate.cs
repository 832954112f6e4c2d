using System.IO.Compression;

namespace ChatEvents.LocalGateway.WebSockets;

/// <summary>
/// The permessage-deflate extension (RFC 7692), always without context takeover: keeping a window per direction would cost every
/// idle connection some 300 KB of zlib state.
/// </summary>
internal static class PermessageDeflate
{
    public const string Agreement = "permessage-deflate; server_no_context_takeover; client_no_context_takeover";

    // The bytes that the sender removed (RFC 7692, 7.2.1), and a final empty block that finishes the stream.
    public static readonly byte[] Ending = [0x00, 0x00, 0xFF, 0xFF, 0x01, 0x00, 0x00, 0xFF, 0xFF];

    /// <summary>
    /// True if one of the client's offers is acceptable. A smaller server window is not: .NET's compressor always uses 32 KB.
    /// </summary>
    public static bool IsOffered(string? extensions) =>
        (extensions ?? "").Split(',').Any(offer =>
        {
            var parts = offer.Split(';', StringSplitOptions.TrimEntries);
            return parts[0] == "permessage-deflate" && parts.Skip(1).All(IsAcceptable);
        });

    private static bool IsAcceptable(string parameter) =>
        parameter is "server_no_context_takeover" or "client_no_context_takeover" or "client_max_window_bits" or "server_max_window_bits=15"
        || (parameter.StartsWith("client_max_window_bits=", StringComparison.Ordinal)
            && int.TryParse(parameter.AsSpan("client_max_window_bits=".Length), out var bits) && bits is >= 8 and <= 15);

    public static byte[] Deflate(ReadOnlySpan<byte> text)
    {
        using var output = new MemoryStream();
        using var deflater = new DeflateStream(output, CompressionLevel.Fastest);
        deflater.Write(text);
        deflater.Flush();
        const int syncMarker = 4; // 00 00 FF FF, which RFC 7692 omits
        return output.GetBuffer()[..((int)output.Length - syncMarker)];
    }
}
