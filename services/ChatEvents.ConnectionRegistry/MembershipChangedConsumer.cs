using ChatEvents.Contracts;
using MassTransit;

namespace ChatEvents.ConnectionRegistry;

public sealed class MembershipChangedConsumer(ConnectionRegistry registry, ILogger<MembershipChangedConsumer> logger)
    : IConsumer<MembershipChanged>
{
    public async Task Consume(ConsumeContext<MembershipChanged> context)
    {
        var changed = context.Message;
        var outcome = await registry.ChangeMembershipAsync(changed, context.CancellationToken);
        if (outcome == EntryOutcome.Entered)
            logger.MembershipChanged(changed.ConnectionId, changed.IsIn ? "joined" : "left", changed.Room);
        else
            logger.CameTooLate(changed.IsIn ? "join" : "leave", changed.ConnectionId, outcome);
    }
}
