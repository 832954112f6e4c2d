using System.Net;
using System.Net.Sockets;

namespace ChatEvents.Contracts;

/// <summary>
/// Keys and attributes of the table of bans: who may not connect, until when. The operator's tool writes it, <c>$connect</c> or its
/// authorizer reads it, and the registry ends connections that are open all the same.
/// </summary>
public static class Bans
{
    /// <summary>Table by default: one item per ban, partition key <see cref="Banned"/>.</summary>
    public const string Table = "ChatBans";

    /// <summary>String: <c>user#</c> and a user id, or <c>address#</c> and an address, see <see cref="KeyOfAddress"/>.</summary>
    public const string Banned = "banned";

    /// <summary>String: why, for operators; absent when nobody said.</summary>
    public const string Reason = "reason";

    /// <summary>Number, epoch milliseconds: when it was banned.</summary>
    public const string BannedAt = "bannedat";

    /// <summary>Number, epoch <em>seconds</em>: the end of the ban. DynamoDB deletes the item later, so that readers look at it.</summary>
    public const string TimeToLive = RegistryTables.TimeToLive;

    private const string UserPrefix = "user#", AddressPrefix = "address#";

    /// <summary>The bits of an IPv6 address that a provider gives to one customer, who may use any address within.</summary>
    private const int CustomerBytes = 8;

    public static string KeyOfUser(string user) => $"{UserPrefix}{user}";

    /// <summary>
    /// The key of an IPv4 address, or of the /64 network of an IPv6 address: whoever is banned there has 2^64 more of them. Null when it is
    /// no address.
    /// </summary>
    public static string? KeyOfAddress(string? text)
    {
        if (!IPAddress.TryParse(text, out var address)) return null;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily == AddressFamily.InterNetwork) return $"{AddressPrefix}{address}";
        var network = address.GetAddressBytes();
        Array.Clear(network, CustomerBytes, network.Length - CustomerBytes);
        return $"{AddressPrefix}{new IPAddress(network)}/64";
    }

    /// <summary>The keys by which somebody may be banned.</summary>
    public static IReadOnlyList<string> KeysOf(string? user, string? address) =>
    [
        .. (IEnumerable<string>)(user is null ? [] : [KeyOfUser(user)]),
        .. (IEnumerable<string>)(KeyOfAddress(address) is { } key ? [key] : []),
    ];

    /// <summary>Whom a key bans: the user id, or the address.</summary>
    public static (string? User, string? Address) Read(string key) =>
        key.StartsWith(UserPrefix, StringComparison.Ordinal) ? (key[UserPrefix.Length..], null)
        : key.StartsWith(AddressPrefix, StringComparison.Ordinal) ? (null, key[AddressPrefix.Length..])
        : (null, null);
}
