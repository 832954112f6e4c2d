using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using MassTransit;
using Microsoft.Extensions.Options;

namespace ChatEvents.FanOut;

/// <summary>
/// Brings one connection the messages that may have passed it by before its membership was written, in their order, up to the first that
/// a walk brings it.
/// </summary>
public sealed class MessagesMissedConsumer(
    RecentLog recent,
    Newcomers newcomers,
    FirstPosts posts,
    CallbackEndpoints endpoints,
    IOptions<FanOutOptions> options,
    ILogger<MessagesMissedConsumer> logger)
    : IConsumer<MessagesMissed>
{
    public async Task Consume(ConsumeContext<MessagesMissed> context)
    {
        var missed = context.Message;
        var connection = new Connection(missed.ConnectionId, endpoints.Of(missed.CallbackEndpoint), missed.ConnectedAt)
        {
            JoinedAt = missed.Since,
        };
        var caughtUp = new List<MessageTally>();
        await foreach (var tally in recent.ReadSinceAsync(missed.Room, missed.Since, context.CancellationToken))
        {
            if (!newcomers.TryCatchUp(missed.Room, connection, tally.Position))
                break;

            await posts.DeliverAsync(connection, tally, context.CancellationToken);
            caughtUp.Add(tally);
        }

        if (caughtUp.Count > 0)
            Log.CaughtUp(logger, missed.ConnectionId, caughtUp.Count, missed.Room);
        if (options.Value.KeepUntilDelivered)
            await KeepUntilDeliveredAsync(caughtUp, context.CancellationToken);
    }

    private static async Task KeepUntilDeliveredAsync(List<MessageTally> caughtUp, CancellationToken abandoning)
    {
        try
        {
            await Task.WhenAll(caughtUp.Select(tally => tally.NoneLateAsync())).WaitAsync(abandoning);
        }
        catch (OperationCanceledException)
        {
            caughtUp.ForEach(tally => tally.HandBack());
            throw;
        }
    }
}
