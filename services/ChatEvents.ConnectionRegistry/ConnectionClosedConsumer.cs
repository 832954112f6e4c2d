using ChatEvents.Contracts;
using MassTransit;

namespace ChatEvents.ConnectionRegistry;

public sealed class ConnectionClosedConsumer(ConnectionRegistry registry, ILogger<ConnectionClosedConsumer> logger)
    : IConsumer<ConnectionClosed>
{
    public async Task Consume(ConsumeContext<ConnectionClosed> context)
    {
        var closed = context.Message;
        switch (await registry.CloseAsync(closed, context.CancellationToken))
        {
            case CloseOutcome.Closed:
                logger.Closed(closed.ConnectionId, ReasonOf(closed));
                break;
            case CloseOutcome.WasNotOpen:
                logger.ClosedWithoutRow(closed.ConnectionId, ReasonOf(closed));
                break;
            case CloseOutcome.IgnoredInHandshake:
                logger.GoneTooEarly(closed.ConnectionId);
                break;
            case CloseOutcome.IgnoredOther:
                logger.GoneOfAnother(closed.ConnectionId);
                break;
        }
    }

    private static string ReasonOf(ConnectionClosed closed) => closed switch
    {
        { Because: ClosedBecause.Gone } => "gone",
        { StatusCode: { } code, Reason: { Length: > 0 } reason } => $"{code} {Quote.Of(reason)}",
        { StatusCode: { } code } => $"{code}",
        _ => "no reason given",
    };
}
