using System.Net;
using System.Net.Sockets;

namespace ChatEvents.Contracts;

/// <summary>
/// Keys and attributes of the table of bans: who may not connect, until when. The operator's tool writes it, and the registry for moderators;
/// <c>$connect</c> or its authorizer reads it, and the registry ends connections that are open all the same.
/// </summary>
public static class Bans
{
    /// <summary>Table by default: one item per ban, partition key <see cref="Banned"/>.</summary>
    public const string Table = "ChatBans";

    /// <summary>
    /// String: <c>user#</c> and a user id, or <c>address#</c> and an address, see <see cref="KeyOfAddress"/>. An item <c>guest#</c> and a
    /// guest's name bans nobody: it says when the bans of the guest's addresses were lifted.
    /// </summary>
    public const string Banned = "banned";

    /// <summary>String: why, for operators; absent when nobody said.</summary>
    public const string Reason = "reason";

    /// <summary>Number, epoch milliseconds: when it was banned.</summary>
    public const string BannedAt = "bannedat";

    /// <summary>
    /// Number, epoch milliseconds: when the ban was lifted; absent while it holds. The item stays for a while, so that a ban of before
    /// which arrives later does not come back.
    /// </summary>
    public const string LiftedAt = "liftedat";

    /// <summary>String: the id of the moderator who decided it; absent when it was the operator.</summary>
    public const string By = "by";

    /// <summary>String: the name of the guest whose address it is, by which moderators know it; absent otherwise.</summary>
    public const string Guest = "guest";

    /// <summary>Number, epoch <em>seconds</em>: the end of the ban. DynamoDB deletes the item later, so that readers look at it.</summary>
    public const string TimeToLive = RegistryTables.TimeToLive;

    /// <summary>How long a ban is remembered that was lifted: as long as SQS can keep an event.</summary>
    public static readonly TimeSpan LiftedLife = TimeSpan.FromDays(14);

    /// <summary>The longest ban: long enough for anything that is not for ever, and below what a time to live can hold.</summary>
    public static readonly TimeSpan Longest = TimeSpan.FromDays(10 * 365);

    private const string UserPrefix = "user#", AddressPrefix = "address#", GuestPrefix = "guest#";

    /// <summary>The bits of an IPv6 address that a provider gives to one customer, who may use any address within.</summary>
    private const int CustomerBytes = 8;

    public static string KeyOfUser(string user) => $"{UserPrefix}{user}";

    public static string KeyOfGuest(string guest) => $"{GuestPrefix}{guest}";

    /// <summary>
    /// The key of an IPv4 address, or of the /64 network of an IPv6 address: somebody who is banned there has 2^64 more of them. Null when it is
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
