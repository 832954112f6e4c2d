using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.Bench.Rivals;

/// <summary>Our poster, with nothing around it.</summary>
internal static class OurPosts
{
    public static Task PostAsync(IConnectionPoster poster, CallbackEndpoint endpoint, Settings settings)
    {
        var message = new RenderedMessage("m", "Echo: Hello everyone");
        return Measure.ForEachAsync(settings.Posts, settings.Concurrency, async index =>
        {
            var connection = new Connection(BenchFanOut.ConnectionIdOf(index), endpoint, DateTimeOffset.UnixEpoch);
            var delivery = await poster.PostAsync(connection, message, CancellationToken.None);
            if (delivery.Outcome != DeliveryOutcome.Delivered)
                throw new InvalidOperationException($"{delivery}");
        });
    }
}
