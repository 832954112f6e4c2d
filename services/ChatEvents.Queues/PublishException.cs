using Amazon.SQS.Model;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>SQS refused some entries of a batch; the others are on the queue.</summary>
public sealed class PublishException : Exception
{
    internal PublishException(string queue, IReadOnlyCollection<(OutgoingMessage Message, BatchResultErrorEntry Error)> refused, int sent)
        : base($"Queue {queue} refused {refused.Count} of {sent} route events: "
            + string.Join("; ", refused.Select(entry => $"{NameOf(entry.Message.RouteEvent)}: {entry.Error.Code} ({entry.Error.Message})")))
    {
        Unpublished = [.. refused.Select(entry => entry.Message.RouteEvent)];
    }

    /// <summary>The route events that are not on the queue.</summary>
    public IReadOnlyList<IRouteEvent> Unpublished { get; }

    private static string NameOf(IRouteEvent routeEvent) => $"{routeEvent.GetType().Name} of {routeEvent.Subject}";
}
