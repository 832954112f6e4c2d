using ChatEvents.Contracts;
using MassTransit;

namespace ChatEvents.ConnectionRegistry;

public sealed class MembershipChangedConsumer(
    ConnectionRegistry registry, MissedMessages missed, ILogger<MembershipChangedConsumer> logger)
    : IConsumer<MembershipChanged>
{
    public async Task Consume(ConsumeContext<MembershipChanged> context)
    {
        var changed = context.Message;
        var outcome = await registry.ChangeMembershipAsync(changed, context.CancellationToken);
        switch (outcome)
        {
            case EntryOutcome.Entered:
                logger.MembershipChanged(changed.ConnectionId, changed.IsIn ? "joined" : "left", changed.Room);
                if (changed.IsIn)
                    await missed.ReportAsync(changed, context.CancellationToken);
                break;
            case EntryOutcome.Refused:
                logger.JoinRefused(changed.ConnectionId, changed.Room, Room.MaxPerConnection);
                break;
            case EntryOutcome.Forbidden:
                logger.JoinForbidden(changed.ConnectionId, changed.Room);
                break;
            case EntryOutcome.OfAnother:
                logger.OfAnother(changed.IsIn ? "join" : "leave", changed.ConnectionId);
                break;
            default:
                logger.CameTooLate(changed.IsIn ? "join" : "leave", changed.ConnectionId, outcome);
                break;
        }
    }
}
