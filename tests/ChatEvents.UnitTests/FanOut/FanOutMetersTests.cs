using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using ChatEvents.FanOut;

namespace ChatEvents.UnitTests.FanOut;

public sealed class FanOutMetersTests
{
    [Fact(Timeout = 60_000)]
    public async Task Posts_are_counted_by_outcome_and_never_by_connection()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync();
        fanOut.AddConnections(20);
        fanOut.AddConnection("gone=", TimeSpan.FromMinutes(5));
        fanOut.Gateway.OnRequest = (request, _) =>
            RecordingGateway.Answer(request.ConnectionId == "gone=" ? HttpStatusCode.Gone : HttpStatusCode.OK);
        var posts = new ConcurrentDictionary<string, long>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == FanOutMeters.Name && ReferenceEquals(instrument.Meter.Scope, fanOut.Meters))
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, count, tags, _) =>
        {
            var key = string.Join(',', [instrument.Name, .. tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}")]);
            posts.AddOrUpdate(key, count, (_, sum) => sum + count);
        });
        listener.Start();

        await fanOut.ConsumeAsync("m1", "hello");

        Assert.Equal(20, posts["chatevents.posts,outcome=delivered"]);
        Assert.Equal(1, posts["chatevents.posts,outcome=gone"]);
        Assert.Equal(0, posts["chatevents.posts.in_flight"]);
        Assert.Equal(20, posts["chatevents.message.connections"]);
    }
}
