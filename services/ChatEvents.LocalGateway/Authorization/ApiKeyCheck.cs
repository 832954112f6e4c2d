using System.Security.Cryptography;
using System.Text;
using ChatEvents.LocalGateway.Events;

namespace ChatEvents.LocalGateway.Authorization;

/// <summary>The API keys that a handshake may have in its header <c>x-api-key</c>.</summary>
internal sealed class ApiKeyCheck(IEnumerable<string> keys)
{
    private readonly byte[][] _keys = [.. keys.Select(Encoding.UTF8.GetBytes)];

    public bool Allow(ConnectRequest http) => http.Headers
        .Where(header => header.Key.Equals("x-api-key", StringComparison.OrdinalIgnoreCase))
        .Any(header => _keys.Any(key => CryptographicOperations.FixedTimeEquals(key, Encoding.UTF8.GetBytes(header.Value[^1]))));
}
