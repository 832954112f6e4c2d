using System.Buffers.Text;
using System.Text;

namespace ChatEvents.Routes.Rooms;

/// <summary>
/// Who is in a room, a page of them: first the connections without a user, by id, then the users, by name, however many connections
/// each has.
/// </summary>
/// <param name="Count">Users, and connections without one, in the whole room.</param>
/// <param name="IsAtLeast">The room is too large to be counted for this; there are more.</param>
/// <param name="Members">Those of this page.</param>
/// <param name="Next">What to ask for the next page with; null after the last.</param>
internal sealed record PresencePage(int Count, bool IsAtLeast, IReadOnlyList<Member> Members, string? Next)
{
    /// <summary>Arbitrary; far below the 128 KB of an answer also with long names.</summary>
    public const int MaxMembers = 50;

    /// <param name="read">The room.</param>
    /// <param name="after">Where the page before ended; null for the first page.</param>
    public static PresencePage Of(MembersRead read, string? after)
    {
        var members = read.Rows
            .GroupBy(row => row.User is null ? $"c{row.ConnectionId}" : $"u{row.User}", StringComparer.Ordinal)
            .OrderBy(member => member.Key, StringComparer.Ordinal)
            .ToList();
        var rest = members.SkipWhile(member => after is not null && string.CompareOrdinal(member.Key, after) <= 0).ToList();
        var page = rest.GetRange(0, Math.Min(rest.Count, MaxMembers));
        return new PresencePage(
            members.Count,
            read.IsPartial,
            page.ConvertAll(member => new Member(member.First().ConnectionId, member.First().User, member.Count())),
            rest.Count > page.Count ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(page[^1].Key)) : null);
    }

    /// <exception cref="BadFrameException">It is no <see cref="Next"/> that was ever given out.</exception>
    public static string PositionOf(string next)
    {
        if (Base64Url.IsValid(next) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(next)) is { } key && key is ['c' or 'u', ..])
        {
            return key;
        }

        throw new BadFrameException("The next is not one that an answer has named.");
    }
}

/// <summary>A user with all connections, or, without an authorizer, a connection.</summary>
internal sealed record Member(string ConnectionId, string? User, int Connections);
