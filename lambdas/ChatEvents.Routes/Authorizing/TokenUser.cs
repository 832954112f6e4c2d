using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Authorizing;

/// <summary>The user of a valid token, and what they may do.</summary>
internal sealed record TokenUser(string Id, string? Name, RoomRights Join, RoomRights Post, bool IsModerator, DateTimeOffset ExpiresAt)
{
    // A claim that occurs twice could mean one thing here and another elsewhere.
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <param name="payload">The token's claims, as JSON. Its signature has been checked.</param>
    /// <param name="expiresAt">The token's end.</param>
    /// <param name="otherwise">The rooms of somebody whose token names none.</param>
    /// <exception cref="UnauthorizedException">A claim makes no sense; nobody should get more or fewer rights than were meant.</exception>
    public static TokenUser Read(byte[] payload, DateTimeOffset expiresAt, RoomRights otherwise)
    {
        try
        {
            using var claims = JsonDocument.Parse(payload, Strict);
            var root = claims.RootElement;
            var id = TextOf(root, "sub") ?? throw new UnauthorizedException("the token has no sub");
            return new TokenUser(
                UserId.IsValid(id) ? id : throw new UnauthorizedException(
                    $"the token's sub must be 1 to {UserId.MaxLength} visible characters"),
                UserName.Of(TextOf(root, "name")),
                RoomsOf(root, "chat_join") ?? otherwise,
                RoomsOf(root, "chat_post") ?? otherwise,
                TextsOf(root, "chat_role")?.Contains(Roles.Moderator) == true,
                expiresAt);
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            // Not JSON, a claim that is there twice, or half a surrogate pair.
            throw new UnauthorizedException("the token's claims cannot be read");
        }
    }

    private static string? TextOf(JsonElement claims, string name) => !claims.TryGetProperty(name, out var claim)
        ? null
        : claim.ValueKind == JsonValueKind.String ? claim.GetString() : throw new UnauthorizedException($"the token's {name} is no text");

    private static RoomRights? RoomsOf(JsonElement claims, string name)
    {
        if (TextsOf(claims, name) is not { } patterns) return null;
        if (patterns.Count > RoomRights.MaxPatterns)
        {
            throw new UnauthorizedException(
                $"the token's {name} names {patterns.Count} rooms, but at most {RoomRights.MaxPatterns} are read; use names that end in *");
        }

        return patterns.TrueForAll(pattern => pattern.Length is >= 1 and <= RoomRights.MaxPatternLength && !pattern.Any(char.IsControl))
            ? new RoomRights(patterns)
            : throw new UnauthorizedException($"the token's {name} names rooms that cannot be");
    }

    /// <summary>An array of texts, or, for issuers that have no arrays, one text of several words, as the claim <c>scope</c> has it.</summary>
    private static List<string>? TextsOf(JsonElement claims, string name)
    {
        if (!claims.TryGetProperty(name, out var claim)) return null;
        return claim.ValueKind switch
        {
            JsonValueKind.String => [.. claim.GetString()!.Split(' ', StringSplitOptions.RemoveEmptyEntries)],
            JsonValueKind.Array when claim.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String) =>
                [.. claim.EnumerateArray().Select(item => item.GetString()!)],
            _ => throw new UnauthorizedException($"the token's {name} is no array of texts"),
        };
    }
}
