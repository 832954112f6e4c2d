using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using MassTransit;

namespace ChatEvents.ConnectionRegistry.Moderating;

/// <summary>
/// Does what a moderator asked for, and tells them over their connection. The sender is a moderator because the row of the connection
/// says so, not because the event does: an event that no route function sent changes nothing.
/// </summary>
public sealed class ModerationAskedConsumer(
    ConnectionsTable connections,
    ClosedTable closedConnections,
    ModerationActs acts,
    Gateway gateway,
    TimeProvider time,
    ILogger<ModerationAskedConsumer> logger)
    : IConsumer<ModerationAsked>
{
    public async Task Consume(ConsumeContext<ModerationAsked> context)
    {
        var (asked, cancellation) = (context.Message, context.CancellationToken);
        if (await FindModeratorAsync(asked, cancellation) is not { } moderator) return;

        var result = await acts.DoAsync(asked, cancellation);
        logger.Moderated(Quote.Of(asked.User), asked.Act, Quote.Of(asked.TargetUser ?? asked.TargetGuest!), result.Said);
        await gateway.TellAsync(moderator.CallbackEndpoint, moderator.ConnectionId, result.FrameFor(asked, moderator.Dialect), cancellation);
    }

    /// <returns>The row of the connection; null when it is not that of a moderator.</returns>
    private async Task<ConnectionRow?> FindModeratorAsync(ModerationAsked asked, CancellationToken cancellation)
    {
        var now = time.GetUtcNow();
        var row = await connections.FindAsync(asked.ConnectionId, cancellation);
        if (row is null || row.ExpiresAt <= now)
        {
            // The event may have overtaken the opening of the connection. Throwing makes it come again in a moment.
            if (row is null && (now - asked.AskedAt).Duration() < Limits.HandshakeGrace
                && !await closedConnections.ContainsAsync(asked.ConnectionId, consistent: true, cancellation))
                throw new ModeratorNotKnownException(asked.ConnectionId);
            logger.ModeratorGone(asked.Act, asked.ConnectionId);
            return null;
        }

        if (row.User == asked.User && row.Role == Roles.Moderator && !(row.TokenExpiresAt <= now - Limits.TokenGrace)) return row;
        logger.NoModerator(asked.Act, asked.ConnectionId);
        return null;
    }
}

/// <summary>A moderator asked for something before the connection's row was written.</summary>
public sealed class ModeratorNotKnownException(string connectionId) : Exception($"There is no row of {connectionId} yet, so nobody knows whether it is a moderator's.");
