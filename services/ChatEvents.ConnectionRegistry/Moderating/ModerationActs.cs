using System.Text.Json;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry.Moderating;

/// <summary>
/// What moderators can do. A user is banned by id. A guest has no lasting id, so the address is banned, and with it everybody else there;
/// moderators never see the address. Moderators cannot act against each other, as far as open connections show who is one.
/// </summary>
public sealed class ModerationActs(Moderation moderation)
{
    private const string Ended = "A moderator has ended your connection.";

    internal Task<ModerationResult> DoAsync(ModerationAsked asked, CancellationToken cancellation) => asked switch
    {
        { Act: ModerationAct.Disconnect, TargetUser: { } user } => DisconnectAsync(user, asked, cancellation),
        { Act: ModerationAct.Disconnect } => DisconnectGuestAsync(asked.TargetGuest!, asked, cancellation),
        { Act: ModerationAct.Ban, TargetUser: { } user } => BanAsync(user, asked, cancellation),
        { Act: ModerationAct.Ban } => BanGuestAsync(asked.TargetGuest!, asked, cancellation),
        { TargetUser: { } user } => UnbanAsync(user, asked, cancellation),
        _ => UnbanGuestAsync(asked.TargetGuest!, asked, cancellation),
    };

    private async Task<ModerationResult> DisconnectAsync(string user, ModerationAsked asked, CancellationToken cancellation)
    {
        // A connection that was opened since then was not meant: the event may come late, or again.
        var open = await moderation.ConnectionsOf(user, cancellation).Where(found => found.ConnectedAt <= asked.AskedAt).ToListAsync(cancellation);
        if (open.Count == 0) return ModerationResult.NotFound($"{Quote.Of(user)} is not connected.");
        return open.Exists(IsModerators)
            ? OfModerator(user)
            : ModerationResult.Disconnected(await EndAsync(open, Ended, cancellation));
    }

    private async Task<ModerationResult> DisconnectGuestAsync(string guest, ModerationAsked asked, CancellationToken cancellation)
    {
        var ended = await EndAsync(
            moderation.ScanAsync(row => row.Guest == guest && row.ConnectedAt <= asked.AskedAt, cancellation), Ended, cancellation);
        return ended is { Ended: 0, Failed: 0 }
            ? ModerationResult.NotFound($"{Quote.Of(guest)} is not connected.")
            : ModerationResult.Disconnected(ended);
    }

    private async Task<ModerationResult> BanAsync(string user, ModerationAsked asked, CancellationToken cancellation)
    {
        var open = await moderation.ConnectionsOf(user, cancellation).ToListAsync(cancellation);
        if (open.Exists(IsModerators)) return OfModerator(user);

        var ban = BanOf(Bans.KeyOfUser(user), asked);
        var decision = await moderation.DecideAsync(ban, cancellation);
        return decision.Outcome == DecisionOutcome.Made
            ? ModerationResult.Banned(ban, await EndAsync(open, EndingSentence.OfBan(ban), cancellation))
            : Refused(decision, user);
    }

    private async Task<ModerationResult> BanGuestAsync(string guest, ModerationAsked asked, CancellationToken cancellation)
    {
        var addresses = await moderation.ScanAsync(row => row.Guest == guest, cancellation)
            .Select(row => Bans.KeyOfAddress(row.SourceAddress))
            .Distinct()
            .ToListAsync(cancellation);
        if (addresses.Count == 0) return ModerationResult.NotFound($"{Quote.Of(guest)} is not connected.");
        if (addresses.OfType<string>().ToHashSet(StringComparer.Ordinal) is not { Count: > 0 } known)
            return ModerationResult.Refused($"Nobody knows from where {Quote.Of(guest)} connects; disconnect it instead.");

        var there = await moderation.ScanAsync(row => Bans.KeyOfAddress(row.SourceAddress) is { } key && known.Contains(key), cancellation)
            .ToListAsync(cancellation);
        if (there.Exists(row => row.Role == Roles.Moderator))
            return ModerationResult.Refused($"A moderator connects from the same address as {Quote.Of(guest)}; disconnect it instead.");

        // An address that the operator has banned, or about which a later decision is known, stays as it is; the others are banned.
        var bans = known.Select(key => BanOf(key, asked) with { Guest = guest }).ToList();
        var made = new HashSet<string?>(StringComparer.Ordinal);
        Decision refused = default;
        foreach (var ban in bans)
        {
            var decision = await moderation.DecideAsync(ban, cancellation);
            if (decision.Outcome == DecisionOutcome.Made) made.Add(ban.Key);
            else refused = decision;
        }

        if (made.Count == 0) return Refused(refused, guest);

        // Looked for after the bans are written: an unban in between has seen them, or is seen here.
        if (await moderation.TakeBackIfLiftedAsync(guest, asked.AskedAt, cancellation)) return Overtaken(guest);
        var banned = there.Where(row => made.Contains(Bans.KeyOfAddress(row.SourceAddress))).ToAsyncEnumerable();
        return ModerationResult.Banned(bans[0], await EndAsync(banned, EndingSentence.OfBan(bans[0]), cancellation));
    }

    private async Task<ModerationResult> UnbanAsync(string user, ModerationAsked asked, CancellationToken cancellation)
    {
        // Recorded even when no ban is known: an earlier ban may still be on its way.
        var decision = await moderation.DecideAsync(Ban.Lifted(Bans.KeyOfUser(user), asked.AskedAt, asked.User), cancellation);
        if (decision.Outcome != DecisionOutcome.Made) return Refused(decision, user);
        return decision.Before is null ? ModerationResult.NotFound($"{Quote.Of(user)} is not banned.") : ModerationResult.Unbanned;
    }

    private async Task<ModerationResult> UnbanGuestAsync(string guest, ModerationAsked asked, CancellationToken cancellation) =>
        await moderation.LiftFromGuestAsync(guest, asked.AskedAt, asked.User, cancellation)
            ? ModerationResult.Unbanned
            : ModerationResult.NotFound($"{Quote.Of(guest)} is not banned.");

    private static Ban BanOf(string key, ModerationAsked asked) => new(key, asked.AskedAt, asked.Until!.Value, Reason: null) { By = asked.User };

    private static bool IsModerators(Membership membership) => membership.Role == Roles.Moderator;

    private static ModerationResult OfModerator(string user) =>
        ModerationResult.Refused($"{Quote.Of(user)} is a moderator; only the operator can do that.");

    private static ModerationResult Refused(Decision decision, string whom) => decision.Outcome == DecisionOutcome.OfOperator
        ? ModerationResult.Refused($"The operator has banned {Quote.Of(whom)} until {decision.Before!.Until:u}; only the operator can change that.")
        : Overtaken(whom);

    private static ModerationResult Overtaken(string whom) => ModerationResult.Refused($"A later decision about {Quote.Of(whom)} counts.");

    private Task<Disconnections> EndAsync(IEnumerable<Membership> open, string why, CancellationToken cancellation) => moderation.EndAsync(
        open.Select(ConnectionToEnd.Of).ToAsyncEnumerable(), why, cancellation);

    private Task<Disconnections> EndAsync(IAsyncEnumerable<ConnectionRow> open, string why, CancellationToken cancellation) =>
        moderation.EndAsync(open.Select(ConnectionToEnd.Of), why, cancellation);
}

/// <summary>What has become of something that a moderator asked for.</summary>
internal sealed record ModerationResult
{
    public static readonly ModerationResult Unbanned = new() { Said = "done" };

    /// <summary>For the log: a sentence, or how many connections ended.</summary>
    public required string Said { get; init; }

    /// <summary>One of <see cref="ErrorCode"/>; null when it was done.</summary>
    private string? Code { get; init; }

    private DateTimeOffset? Until { get; init; }

    private int? Ended { get; init; }

    private int Failed { get; init; }

    public static ModerationResult Refused(string sentence) => new() { Said = sentence, Code = ErrorCode.Forbidden };

    /// <summary>There is nothing to do it to.</summary>
    public static ModerationResult NotFound(string sentence) => new() { Said = sentence, Code = ErrorCode.NotFound };

    public static ModerationResult Disconnected(Disconnections connections) =>
        Disconnected(connections.Ended, connections.Failed);

    /// <summary>The sweep may have seen the ban too and ended some of the connections first; the ban ended these all the same.</summary>
    public static ModerationResult Banned(Ban ban, Disconnections connections) =>
        Disconnected(connections.Ended + connections.Gone, connections.Failed) with { Until = ban.Until };

    /// <summary>The answer to the moderator, in the form of those of the route functions.</summary>
    public string FrameFor(ModerationAsked asked, Dialect dialect) =>
        dialect == Dialect.Plain ? JsonFrame.Of(json => WritePlain(json, asked))
        : Code is null ? JsonFrame.Of(json => WriteJson(json, asked))
        : new ErrorFrame(Code, Said) { FrameId = asked.FrameId, RequestId = asked.RequestId }.In(dialect);

    private void WriteJson(Utf8JsonWriter json, ModerationAsked asked)
    {
        json.WriteString("type", DoneOf(asked));
        if (asked.FrameId is { } id) json.WriteString("id", id);
        json.WriteString(asked.TargetUser is null ? "guest" : "user", asked.TargetUser ?? asked.TargetGuest);
        if (Until is { } until) json.WriteString("until", Timestamp.Of(until));
        WriteConnections(json);
    }

    private void WritePlain(Utf8JsonWriter json, ModerationAsked asked)
    {
        if (Code is not null)
        {
            json.WriteString("error", Said);
        }
        else
        {
            json.WriteString(DoneOf(asked), asked.TargetUser ?? asked.TargetGuest);
            if (Until is { } until) json.WriteString("until", until);
            WriteConnections(json);
        }

        json.WriteString("requestId", asked.RequestId);
    }

    private static string DoneOf(ModerationAsked asked) =>
        asked.Act switch { ModerationAct.Ban => "banned", ModerationAct.Unban => "unbanned", _ => "disconnected" };

    private void WriteConnections(Utf8JsonWriter json)
    {
        if (Ended is not { } ended) return;
        json.WriteNumber("connections", ended);

        // The registry's next sweep ends the connections of somebody who is banned.
        if (Failed > 0) json.WriteNumber("failed", Failed);
    }

    private static ModerationResult Disconnected(int ended, int failed) =>
        new() { Said = $"{ended} ended, {failed} failed", Ended = ended, Failed = failed };
}
