using System.Buffers;
using System.Net;
using System.Text;

namespace ChatEvents.FanOut.Rooms;

/// <summary>
/// Where PostToConnection reaches the connections of one stage, with all that is the same for each of its posts made ready once.
/// </summary>
public sealed class CallbackEndpoint
{
    private static readonly SearchValues<char> Unreserved =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~");

    /// <param name="address">Scheme, host and stage, without <c>/@connections</c>; a slash at the end does no harm.</param>
    /// <exception cref="FormatException">It is no http or https address.</exception>
    public CallbackEndpoint(string address)
    {
        if (!Uri.TryCreate(address.TrimEnd('/'), UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https"))
            throw new FormatException($"'{address}' is no http or https address to post to.");

        Address = uri;
        var path = uri.AbsolutePath.TrimEnd('/') + "/%40connections/";
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost; // only Host keeps the brackets
        Host = Encoding.ASCII.GetBytes(uri.IsDefaultPort ? host : $"{host}:{uri.Port}");
        Path = Encoding.ASCII.GetBytes(path);
        CanonicalPath = Encoding.ASCII.GetBytes(path.Replace("%", "%25", StringComparison.Ordinal));
        Server = new DnsEndPoint(uri.IdnHost, uri.Port);
        TlsName = uri.Scheme == Uri.UriSchemeHttps ? uri.IdnHost : null;
    }

    public Uri Address { get; }

    /// <summary>Whom to open a socket to.</summary>
    public EndPoint Server { get; }

    /// <summary>The name that the server's certificate must carry; null for plain http, as on a laptop.</summary>
    public string? TlsName { get; }

    /// <summary>The <c>Host</c> header's value.</summary>
    public ReadOnlyMemory<byte> Host { get; }

    /// <summary>The path up to the connection id, as it is sent.</summary>
    public ReadOnlyMemory<byte> Path { get; }

    /// <summary>
    /// The path up to the connection id as Signature Version 4 wants it: escaped once more than it is sent, as for every service but S3.
    /// </summary>
    public ReadOnlyMemory<byte> CanonicalPath { get; }

    /// <summary>A connection id as it stands in the path: API Gateway's ids end in <c>=</c>, which is sent as <c>%3D</c>.</summary>
    public static string Escape(string connectionId) =>
        connectionId.AsSpan().ContainsAnyExcept(Unreserved) ? Uri.EscapeDataString(connectionId) : connectionId;

    public override string ToString() => Address.ToString();
}
