using System.CommandLine;
using ChatEvents.Admin.Output;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>users list|show|disconnect|ban|unban</c>.</summary>
internal static class UserVerbs
{
    private static readonly Column<UserLine>[] Columns =
    [
        new("user", 24, line => line.User),
        new("name", 20, line => line.Name),
        new("connections", 11, line => line.Connections),
        new("since", 20, line => line.Since),
        new("banned until", 0, line => line.BannedUntil),
    ];

    private static readonly Column<UserLine>[] Details =
    [
        .. Columns,
        new("banned by", 0, line => line.BannedBy),
        new("reason", 0, line => line.Reason),
        new("ids", 0, line => line.Ids is { } ids ? string.Join(", ", ids) : null),
    ];

    public static Command Create(VerbContext verbs) => new("users", "Users, who connect with a token.")
    {
        List(verbs),
        Show(verbs),
        Disconnect(verbs),
        Ban(verbs),
        Unban(verbs),
    };

    private static Command List(VerbContext verbs)
    {
        var banned = new Option<bool>("--banned") { Description = "Those who are banned, in place of those who are connected." };
        return verbs.Does(new("list", "Lists users who are connected; it reads the whole table of connections.") { banned }, async (run, cancellation) =>
        {
            var isBanned = run.Arguments.GetValue(banned);
            await run.Results.WriteAsync(
                isBanned ? BannedAsync(run.Chat, cancellation) : (await ConnectedAsync(run.Chat, cancellation)).ToAsyncEnumerable(),
                Columns,
                isBanned ? "No user is banned." : "No user is connected.",
                cancellation);
            return ExitCode.Done;
        });
    }

    private static Command Show(VerbContext verbs)
    {
        var id = Arguments.UserId();
        return verbs.Does(new("show", "Shows a user: the connections, and the ban if there is one.") { id }, async (run, cancellation) =>
        {
            var user = run.Arguments.GetRequiredValue(id);
            var connections = await run.Chat.Moderation.ConnectionsOf(user, cancellation).ToListAsync(cancellation);
            var ban = await run.Chat.Bans.FindAsync(Bans.KeyOfUser(user), cancellation);
            if (connections.Count == 0 && ban is null) throw new AdminException($"User {user} is neither connected nor banned.");
            await run.Results.WriteOneAsync(
                new UserLine(
                    user,
                    connections.Select(connection => connection.Name).FirstOrDefault(name => name is not null),
                    connections.Count,
                    connections.Count == 0 ? null : connections.Min(connection => connection.ConnectedAt),
                    ban?.Until,
                    ban?.Reason,
                    ban?.By,
                    connections.Count == 0 ? null : [.. connections.Select(connection => connection.ConnectionId)]),
                Details);
            return ExitCode.Done;
        });
    }

    private static Command Disconnect(VerbContext verbs)
    {
        var id = Arguments.UserId();
        var command = new Command("disconnect", "Ends all connections of a user, who may connect again.") { id };
        return verbs.Does(command, async (run, cancellation) =>
        {
            var user = run.Arguments.GetRequiredValue(id);
            var count = await run.Chat.Memberships.CountAsync(UserId.RoomOf(user), cancellation);
            if (count == 0) throw new AdminException($"User {user} is not connected.");
            await run.Question.RequireYesAsync($"Disconnect all {count} connections of user {user}?", cancellation);
            return await EndAllAsync(run, user, why: null, cancellation);
        });
    }

    private static Command Ban(VerbContext verbs)
    {
        var (id, options) = (Arguments.UserId(), new BanOptions());
        var command = new Command("ban", "Keeps a user from connecting for a time, and ends the connections.") { id, options.Hours, options.Reason };
        return verbs.Does(command, async (run, cancellation) =>
        {
            var user = run.Arguments.GetRequiredValue(id);
            var ban = options.Of(Bans.KeyOfUser(user), run);
            await run.Question.RequireYesAsync($"Ban user {user} until {ban.Until:u}?", cancellation);

            await run.Chat.Moderation.DecideAsync(ban, cancellation);
            return await EndAllAsync(run, user, EndingSentence.OfBan(ban), cancellation);
        });
    }

    private static Command Unban(VerbContext verbs)
    {
        var id = Arguments.UserId();
        return verbs.Does(new("unban", "Lets a user connect again.") { id }, async (run, cancellation) =>
        {
            var user = run.Arguments.GetRequiredValue(id);
            await UnbanAsync(run, Bans.KeyOfUser(user), $"User {user}", cancellation);
            return ExitCode.Done;
        });
    }

    /// <exception cref="AdminException">There is no such ban.</exception>
    internal static async Task UnbanAsync(VerbRun run, string key, string whom, CancellationToken cancellation)
    {
        var lifted = await run.Chat.Moderation.DecideAsync(Consumers.Tables.Ban.Lifted(key, run.Chat.Time.GetUtcNow(), by: null), cancellation);
        if (lifted.Before is null) throw new AdminException($"{whom} is not banned.");
        await run.Notes.WriteLineAsync($"{whom} may connect again.");
    }

    private static async Task<int> EndAllAsync(VerbRun run, string user, string? why, CancellationToken cancellation)
    {
        var open = run.Chat.Moderation.ConnectionsOf(user, cancellation).Select(ConnectionToEnd.Of);
        return await DisconnectionSummary.TellAsync(run, await run.Chat.Moderation.EndAsync(open, why, cancellation));
    }

    private static async Task<IEnumerable<UserLine>> ConnectedAsync(Chat chat, CancellationToken cancellation)
    {
        var users = new SortedDictionary<string, UserLine>(StringComparer.Ordinal);
        await foreach (var row in chat.ReadConnectionsAsync(cancellation))
        {
            if (row.User is not { } user) continue;
            users[user] = users.TryGetValue(user, out var known)
                ? known with { Connections = known.Connections + 1, Since = row.ConnectedAt < known.Since ? row.ConnectedAt : known.Since }
                : new(user, row.Name, Connections: 1, row.ConnectedAt);
        }

        return users.Values;
    }

    private static async IAsyncEnumerable<UserLine> BannedAsync(
        Chat chat, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellation)
    {
        await foreach (var ban in chat.Bans.ReadAllAsync(cancellation))
        {
            if (Bans.Read(ban.Key).User is { } user)
                yield return new(user, Name: null, Connections: null, Since: null, ban.Until, ban.Reason, ban.By);
        }
    }

    /// <summary>
    /// A user as it is written out. Unknown values are null and left out, and so is the moderator if the operator banned.
    /// </summary>
    private sealed record UserLine(
        string User,
        string? Name,
        int? Connections,
        DateTimeOffset? Since,
        DateTimeOffset? BannedUntil = null,
        string? Reason = null,
        string? BannedBy = null,
        IReadOnlyList<string>? Ids = null);
}
