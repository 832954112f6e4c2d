using System.Buffers.Text;
using System.Text;

namespace ChatEvents.Routes.Rooms;

/// <summary>One page of a room's members.</summary>
/// <param name="Count">The users, guests, and connections without either, in the whole room.</param>
/// <param name="IsAtLeast">The room is too large to be counted completely; it has more members.</param>
/// <param name="Members">The members on this page.</param>
/// <param name="Next">The token that requests the next page; null after the last one.</param>
internal sealed record PresencePage(int Count, bool IsAtLeast, IReadOnlyList<Member> Members, string? Next)
{
    /// <summary>Arbitrary; far below the 128 KB of an answer, even with long names.</summary>
    public const int MaxMembers = 50;

    /// <param name="room">The room.</param>
    /// <param name="after">Where the previous page ended; null for the first page.</param>
    public static PresencePage Of(RoomSnapshot room, string? after)
    {
        var page = room.Members.Skip(IndexAfter(room.Members, after)).Take(MaxMembers + 1).ToList();
        var hasMore = page.Count > MaxMembers;
        if (hasMore) page.RemoveAt(MaxMembers);
        return new PresencePage(
            room.Members.Count,
            room.IsPartial,
            page,
            hasMore ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(page[^1].Key)) : null);
    }

    /// <exception cref="BadFrameException">The text is not a <see cref="Next"/> of any answer.</exception>
    public static string PositionOf(string next)
    {
        if (Base64Url.IsValid(next) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(next)) is { } key && key is ['c' or 'g' or 'u', ..])
        {
            return key;
        }

        throw new BadFrameException("The next is not one that an answer has named.");
    }

    /// <summary>The index of the first member behind a key. The member of the key itself may have left meanwhile.</summary>
    private static int IndexAfter(IReadOnlyList<Member> members, string? key)
    {
        var (from, to) = (0, key is null ? 0 : members.Count);
        while (from < to)
        {
            var middle = (from + to) / 2;
            if (string.CompareOrdinal(members[middle].Key, key) <= 0) from = middle + 1;
            else to = middle;
        }

        return from;
    }
}
