using System.Globalization;
using System.Text.Json;
using Amazon.Lambda.APIGatewayEvents;
using ChatEvents.Contracts;

namespace ChatEvents.Routes;

/// <summary>
/// Who is behind a connection, as its authorizer said at <c>$connect</c>. API Gateway repeats it in every event of the connection, so
/// nothing that the client writes later can change it.
/// </summary>
public sealed record Caller
{
    private static readonly Caller Nobody = new();

    /// <summary>The user id: the authorizer's <c>principalId</c>; null for guests and without an authorizer.</summary>
    public string? User { get; private init; }

    /// <inheritdoc cref="ConnectionOpened.Name"/>
    public string? Name { get; private init; }

    /// <inheritdoc cref="ConnectionOpened.Guest"/>
    public string? Guest { get; private init; }

    /// <summary>The room of the user's own connections; null for guests and without an authorizer.</summary>
    public string? OwnRoom => User is { } user ? UserId.RoomOf(user) : null;

    /// <summary>Whether an authorizer has said who it is. Without one there are no users, and nobody can write to one.</summary>
    public bool IsKnown => (User ?? Guest) is not null;

    /// <summary>The rooms that may be joined, and whose members may be listed.</summary>
    public RoomRights Join { get; private init; } = RoomRights.All;

    /// <summary>The rooms that may be posted to.</summary>
    public RoomRights Post { get; private init; } = RoomRights.All;

    /// <inheritdoc cref="ConnectionOpened.Role"/>
    public string? Role { get; private init; }

    /// <inheritdoc cref="ConnectionOpened.TokenExpiresAt"/>
    public DateTimeOffset? TokenExpiresAt { get; private init; }

    /// <summary>What the client speaks; null where the authorizer does not say it.</summary>
    public Dialect? Dialect { get; private init; }

    /// <summary>The rights as an event carries them.</summary>
    public IReadOnlyList<string>? MayJoin => Join.IsAll ? null : Join.Patterns;

    /// <exception cref="InvalidOperationException">
    /// A member makes no sense. The authorizer has to be corrected; guessing could grant rights that nobody meant to grant.
    /// </exception>
    public static Caller Of(APIGatewayCustomAuthorizerContext? authorizer)
    {
        if (authorizer is null) return Nobody;
        var guest = Text(CallerContext.Guest);
        var user = guest is null ? Text("principalId") : null;
        return new Caller
        {
            User = user is null || UserId.IsValid(user) ? user : throw MakesNoSense("principalId"),
            Name = UserName.Of(Text(CallerContext.Name)),
            Guest = guest,
            Join = Text(CallerContext.Join) is { } join ? RightsIn(CallerContext.Join, join) : RoomRights.All,
            Post = Text(CallerContext.Post) is { } post ? RightsIn(CallerContext.Post, post) : RoomRights.All,

            // Another authorizer may know more roles. A guest has none.
            Role = Text(CallerContext.Role) is Roles.Moderator && user is not null ? Roles.Moderator : null,
            TokenExpiresAt = Text(CallerContext.Expires) is { } expires ? InstantIn(CallerContext.Expires, expires) : null,
            Dialect = Text(CallerContext.Dialect) is { } dialect ? Dialects.Read(dialect) : null,
        };

        string? Text(string member) =>
            authorizer.TryGetValue(member, out var value) ? value as string ?? throw MakesNoSense(member) : null;
    }

    private static RoomRights RightsIn(string member, string json)
    {
        try
        {
            using var patterns = JsonDocument.Parse(json);
            return new RoomRights([.. patterns.RootElement.EnumerateArray().Select(pattern => pattern.GetString()!)]);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            throw MakesNoSense(member);
        }
    }

    private static DateTimeOffset InstantIn(string member, string epochSeconds) =>
        long.TryParse(epochSeconds, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
        && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : throw MakesNoSense(member);

    private static InvalidOperationException MakesNoSense(string member) =>
        new($"The authorizer's context has a {member} that makes no sense; docs/auth.md describes its members.");
}
