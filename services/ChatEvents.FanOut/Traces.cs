using System.Diagnostics;
using ChatEvents.Queues;
using MassTransit;

namespace ChatEvents.FanOut;

/// <summary>The trace that began with the client's frame, as it came through the queue.</summary>
internal static class Traces
{
    public static Activity? StartActivity(string name, ConsumeContext context) =>
        FanOutMeters.Activities.StartActivity(name, ActivityKind.Consumer, ParentOf(context));

    private static ActivityContext ParentOf(ConsumeContext context) =>
        context.TryGetPayload<ReceivedMessage>(out var received)
        && ActivityContext.TryParse(received.Trace.TraceParent, null, isRemote: true, out var trace)
            ? trace
            : default;
}
