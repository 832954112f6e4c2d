using ChatEvents.Contracts;
using MassTransit;

namespace ChatEvents.ConnectionRegistry;

public sealed class ConnectionOpenedConsumer(ConnectionRegistry registry, ILogger<ConnectionOpenedConsumer> logger)
    : IConsumer<ConnectionOpened>
{
    public async Task Consume(ConsumeContext<ConnectionOpened> context)
    {
        var opened = context.Message;
        switch (await registry.OpenAsync(opened, context.CancellationToken))
        {
            case OpenOutcome.Opened:
                logger.Opened(opened.ConnectionId, opened.Rooms.Count == 0 ? "" : $" in {string.Join(", ", opened.Rooms)}");
                break;
            case OpenOutcome.AlreadyClosed:
                logger.OpenedTooLate(opened.ConnectionId, "it was closed before");
                break;
            case OpenOutcome.Expired:
                logger.OpenedTooLate(opened.ConnectionId, "its two hours are over");
                break;
        }
    }
}
