using System.Buffers.Text;
using System.Text;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// One page of a room's members: first the connections of which nothing else is known, sorted by id, then guests and users, sorted by id.
/// A user, or a guest, with several connections is one member.
/// </summary>
/// <param name="Count">The users, and the connections without a user, in the whole room.</param>
/// <param name="IsAtLeast">The room is too large to be counted completely; it has more members.</param>
/// <param name="Members">The members on this page.</param>
/// <param name="Next">The token that requests the next page; null after the last one.</param>
internal sealed record PresencePage(int Count, bool IsAtLeast, IReadOnlyList<Member> Members, string? Next)
{
    /// <summary>Arbitrary; far below the 128 KB of an answer, even with long names.</summary>
    public const int MaxMembers = 50;

    /// <param name="read">The room.</param>
    /// <param name="after">Where the previous page ended; null for the first page.</param>
    public static PresencePage Of(MembersRead read, string? after)
    {
        var members = read.Rows
            .GroupBy(KeyOf, StringComparer.Ordinal)
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .ToList();
        var rest = members.SkipWhile(member => after is not null && string.CompareOrdinal(member.Key, after) <= 0).ToList();
        var page = rest.GetRange(0, Math.Min(rest.Count, MaxMembers));
        return new PresencePage(
            members.Count,
            read.IsPartial,
            page.ConvertAll(member => new Member(
                member.First().ConnectionId, member.First().User, member.First().Name, member.First().Guest, member.Count())),
            rest.Count > page.Count ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(page[^1].Key)) : null);
    }

    private static string KeyOf(MemberRow row) => row switch
    {
        { User: { } user } => $"u{user}",
        { Guest: { } guest } => $"g{guest}",
        _ => $"c{row.ConnectionId}",
    };

    /// <exception cref="BadFrameException">The text is not a <see cref="Next"/> of any answer.</exception>
    public static string PositionOf(string next)
    {
        if (Base64Url.IsValid(next) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(next)) is { } key && key is ['c' or 'g' or 'u', ..])
        {
            return key;
        }

        throw new BadFrameException("The next is not one that an answer has named.");
    }
}

/// <summary>A user or a guest with all their connections, or a single connection where there is no authorizer.</summary>
internal sealed record Member(string ConnectionId, string? User, string? Name, string? Guest, int Connections);
