using ChatEvents.Contracts;

namespace ChatEvents.FanOut.Rooms;

/// <summary>
/// Where PostToConnection reaches the connections of one stage. What is the same for each of its posts is computed once.
/// </summary>
public sealed class CallbackEndpoint
{
    /// <param name="address">Scheme, host and stage, without <c>/@connections</c>; a trailing slash is ignored.</param>
    /// <exception cref="FormatException">It is not an http or https address.</exception>
    public CallbackEndpoint(string address)
    {
        var uri = CallbackAddress.Parse(address) ?? throw new FormatException($"'{address}' is no http or https address to post to.");
        Address = uri;
        var path = uri.AbsolutePath.TrimEnd('/') + "/%40connections/";
        var host = uri.HostNameType == UriHostNameType.IPv6 ? uri.Host : uri.IdnHost; // only Host keeps the brackets
        Host = uri.IsDefaultPort ? host : $"{host}:{uri.Port}";
        Connections = $"{uri.Scheme}://{Host}{path}";
        CanonicalPath = EscapeAgain(path);
    }

    public Uri Address { get; }

    /// <summary>The <c>Host</c> header's value.</summary>
    public string Host { get; }

    /// <summary>The URL of a connection up to its id.</summary>
    public string Connections { get; }

    /// <summary>
    /// The path up to the connection id as Signature Version 4 wants it: escaped once more than it is sent, as for every service but S3.
    /// </summary>
    public string CanonicalPath { get; }

    /// <summary>A connection id as it is sent in the path: API Gateway's ids end in <c>=</c>, which is sent as <c>%3D</c>.</summary>
    public static string Escape(string connectionId) => Uri.EscapeDataString(connectionId);

    /// <summary>Escapes what is escaped already: <c>%</c> is the only character that the second time changes.</summary>
    public static string EscapeAgain(string escaped) => escaped.Replace("%", "%25", StringComparison.Ordinal);

    public override string ToString() => Address.ToString();
}
