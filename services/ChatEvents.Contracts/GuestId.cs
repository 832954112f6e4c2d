using System.Security.Cryptography;
using System.Text;

namespace ChatEvents.Contracts;

/// <summary>
/// What others see of somebody who has no token: <c>guest-</c> and 6 characters of a keyed hash. Connection ids never reach other clients,
/// because a connection can be targeted by its id.
/// </summary>
public static class GuestId
{
    /// <summary>The key where a deployment sets none. It hides ids all the same: a connection's id is random and too long to be guessed.</summary>
    public const string DefaultKey = "ChatEvents";

    private const string Prefix = "guest-";
    private const string Alphabet = "abcdefghijklmnopqrstuvwxyz234567";
    private const int Characters = 6;
    private const int MinClientLength = 16, MaxClientLength = 64;

    /// <summary>The guest of one connection.</summary>
    public static string OfConnection(string connectionId, string key) => Of("connection", connectionId, key);

    /// <summary>The guest that a client names by <c>?client=...</c>, the same over all of its connections.</summary>
    public static string OfClient(string client, string key) => Of("client", client, key);

    /// <summary>Whether a client may name itself so: 16 to 64 of the characters of an id, long enough not to be met by chance.</summary>
    public static bool IsClient(string? client) =>
        client is { Length: >= MinClientLength and <= MaxClientLength } && FrameId.IsInAlphabet(client);

    // The kind is part of what is hashed: nobody becomes the guest of another connection by naming its id.
    private static string Of(string kind, string id, string key)
    {
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"{kind}:{id}"));
        return string.Create(Prefix.Length + Characters, hash, static (text, hash) =>
        {
            Prefix.CopyTo(text);
            for (var i = 0; i < Characters; i++) text[Prefix.Length + i] = Alphabet[hash[i] % Alphabet.Length];
        });
    }
}
