using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry;

/// <summary>Log messages of the consumers: one line per event.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Information, "Opened {ConnectionId}{Rooms}")]
    public static partial void Opened(this ILogger logger, string connectionId, string rooms);

    [LoggerMessage(2, LogLevel.Information, "Ignored a late {Change} of {ConnectionId}: {Outcome}")]
    public static partial void CameTooLate(this ILogger logger, string change, string connectionId, EntryOutcome outcome);

    [LoggerMessage(3, LogLevel.Information, "Closed {ConnectionId} ({Reason})")]
    public static partial void Closed(this ILogger logger, string connectionId, string reason);

    // Normal: an end is often reported twice, by $disconnect and by a post that was answered with 410.
    [LoggerMessage(4, LogLevel.Debug, "Closed {ConnectionId} ({Reason}), which had no row")]
    public static partial void ClosedWithoutRow(this ILogger logger, string connectionId, string reason);

    [LoggerMessage(5, LogLevel.Information, "Ignored the report that {ConnectionId} is gone: it was still in its handshake")]
    public static partial void GoneTooEarly(this ILogger logger, string connectionId);

    [LoggerMessage(6, LogLevel.Information, "Ignored the report that {ConnectionId} is gone: it is about another connection's row")]
    public static partial void GoneOfAnother(this ILogger logger, string connectionId);

    [LoggerMessage(7, LogLevel.Information, "{ConnectionId} {Change} room {Room}")]
    public static partial void MembershipChanged(this ILogger logger, string connectionId, string change, string room);

    [LoggerMessage(8, LogLevel.Information, "Refused to let {ConnectionId} join room {Room}: it is in {Rooms} rooms already")]
    public static partial void JoinRefused(this ILogger logger, string connectionId, string room, int rooms);

    // The route functions refuse such a join, so this event does not come from them.
    [LoggerMessage(9, LogLevel.Warning, "Refused to let {ConnectionId} join room {Room}: its user may not")]
    public static partial void JoinForbidden(this ILogger logger, string connectionId, string room);

    [LoggerMessage(10, LogLevel.Warning, "Ignored the {Change} of {ConnectionId}: it names another user than the row")]
    public static partial void OfAnother(this ILogger logger, string change, string connectionId);

    [LoggerMessage(11, LogLevel.Information, "Moderator {User} asked to {Act} {Target}: {Said}")]
    public static partial void Moderated(this ILogger logger, string user, ModerationAct act, string target, string said);

    [LoggerMessage(12, LogLevel.Warning, "Ignored a {Act} of {ConnectionId}: it is not a moderator's")]
    public static partial void NoModerator(this ILogger logger, ModerationAct act, string connectionId);

    [LoggerMessage(13, LogLevel.Warning, "Ignored a {Act} of {ConnectionId}: it is not open")]
    public static partial void ModeratorGone(this ILogger logger, ModerationAct act, string connectionId);
}
