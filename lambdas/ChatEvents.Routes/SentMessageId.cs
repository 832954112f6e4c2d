using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// The id of a message that its client may send again: the same for the same <c>id</c> of the same sender, over all connections of a user, or
/// of a guest that names itself. SQS drops what comes again by it, and the log of the room knows it.
/// </summary>
internal static class SentMessageId
{
    /// <summary>Bytes of the hash: too many for two ids to meet.</summary>
    private const int Length = 16;

    /// <param name="user">The id of the sender; null for a guest.</param>
    /// <param name="guest">The name of a guest; null for a user.</param>
    /// <param name="connectionId">The connection, which is the sender where the guest has its name from it.</param>
    /// <param name="frameId">The client's id of the frame.</param>
    /// <param name="key">What names of guests are made with, the same for all functions.</param>
    public static string Of(string? user, string? guest, string connectionId, string frameId, string key)
    {
        // The last colon ends the sender, because a frame id has none.
        var sender = user is not null ? $"user:{user}"
            : guest == GuestId.OfConnection(connectionId, key) ? $"connection:{connectionId}"
            : $"guest:{guest}";
        var hash = HMACSHA256.HashData(Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes($"message:{sender}:{frameId}"));
        return Base64Url.EncodeToString(hash.AsSpan(0, Length));
    }
}
