using ChatEvents.Contracts;
using MassTransit;

namespace ChatEvents.ConnectionRegistry;

public sealed class ConnectionOpenedConsumer(
    ConnectionRegistry registry, MissedMessages missed, ILogger<ConnectionOpenedConsumer> logger)
    : IConsumer<ConnectionOpened>
{
    public async Task Consume(ConsumeContext<ConnectionOpened> context)
    {
        var opened = context.Message;
        var outcome = await registry.OpenAsync(opened, context.CancellationToken);
        if (outcome == EntryOutcome.OfAnother)
        {
            logger.OfAnother("opening", opened.ConnectionId);
            return;
        }

        if (outcome != EntryOutcome.Entered)
        {
            logger.CameTooLate("opening", opened.ConnectionId, outcome);
            return;
        }

        logger.Opened(opened.ConnectionId, opened.Rooms.Count == 0 ? "" : $" in {string.Join(", ", opened.Rooms)}");
        await missed.ReportAsync(opened, context.CancellationToken);
    }
}
