using System.Buffers;
using System.Text;

namespace ChatEvents.FanOut.Posting;

/// <summary>
/// Where PostToConnection reaches the connections of one stage, with all that is the same for each of its posts made ready once.
/// </summary>
public sealed class CallbackEndpoint
{
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~");

    // Path and query are ours and escaped already; System.Uri need not look for what to canonicalize.
    private static readonly UriCreationOptions AsWritten = new() { DangerousDisablePathAndQueryCanonicalization = true };

    private readonly string _beforeId;

    /// <param name="address">Scheme, host and stage, without <c>/@connections</c>; a slash at the end does no harm.</param>
    public CallbackEndpoint(string address)
    {
        if (!Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new FormatException($"'{address}' is no http or https address to post to.");

        Address = uri;
        var path = uri.AbsolutePath.TrimEnd('/') + "/%40connections/";
        _beforeId = uri.GetLeftPart(UriPartial.Authority) + path;
        Host = Encoding.ASCII.GetBytes(uri.IsDefaultPort ? uri.IdnHost : $"{uri.IdnHost}:{uri.Port}");
        CanonicalPath = Encoding.ASCII.GetBytes(path.Replace("%", "%25", StringComparison.Ordinal));
    }

    public Uri Address { get; }

    /// <summary>The <c>Host</c> header's value.</summary>
    public ReadOnlyMemory<byte> Host { get; }

    /// <summary>
    /// The path up to the connection id as Signature Version 4 wants it: escaped once more than it is sent, as for every service but S3.
    /// </summary>
    public ReadOnlyMemory<byte> CanonicalPath { get; }

    public Uri UriOf(string escapedConnectionId) => new(_beforeId + escapedConnectionId, AsWritten);

    /// <summary>A connection id as it stands in the path: API Gateway's ids end in <c>=</c>, which is sent as <c>%3D</c>.</summary>
    public static string Escape(string connectionId) =>
        connectionId.AsSpan().ContainsAnyExcept(Unreserved) ? Uri.EscapeDataString(connectionId) : connectionId;

    public override string ToString() => Address.ToString();
}
