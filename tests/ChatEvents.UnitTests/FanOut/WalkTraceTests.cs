using System.Diagnostics;
using System.Net;
using System.Text;
using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>The traces of the events that a walk sends.</summary>
public sealed class WalkTraceTests
{
    [Fact(Timeout = 60_000)]
    public async Task Late_deliveries_of_a_message_belong_to_its_trace_even_if_another_message_began_the_walks()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation);
        fanOut.HoldsEventsBack = true;
        fanOut.AddConnections(1);
        var released = new TaskCompletionSource();
        fanOut.Gateway.OnRequest = async (_, cancellation) =>
        {
            await released.Task.WaitAsync(cancellation);
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        };
        using var ofFirst = new Activity("m1").SetIdFormat(ActivityIdFormat.W3C);
        using var ofSecond = new Activity("m2").SetIdFormat(ActivityIdFormat.W3C);

        var first = ConsumeAsync(fanOut, "m1", ofFirst);
        await Patiently.UntilAsync("the first walk", () => !fanOut.Gateway.Requests.IsEmpty, cancellation);
        var second = ConsumeAsync(fanOut, "m2", ofSecond);
        released.SetResult();
        await Task.WhenAll(first, second);

        Assert.Equal(
            [("m1", ofFirst.TraceId), ("m2", ofSecond.TraceId)],
            fanOut.Sqs.SentTo(QueueNames.Late).Select(sent => (MessageIdIn(sent), ActivityContext.Parse(sent.TraceParent!, null).TraceId)));
    }

    /// <summary>As a consumer works within an activity; the caller does not.</summary>
    private static async Task ConsumeAsync(FanOutUnderTest fanOut, string messageId, Activity activity)
    {
        activity.Start();
        await fanOut.ConsumeAsync(messageId, "hello");
        activity.Stop();
    }

    private static string MessageIdIn(SentEvent sent)
    {
        var delayed = RouteEventJson.Read<MessagesDelayed>(Encoding.UTF8.GetBytes(sent.Body), FakeTime.LongAfter);
        Assert.True(RecentMessages.TryReadPosition(Assert.Single(delayed.Positions), out _, out var seq));
        return $"m{seq}";
    }
}
