namespace ChatEvents.Contracts;

/// <summary>
/// The queues as deployed: names, or URLs, which save a look-up in the cold start of a Lambda function. Section <c>Queues</c>. Which event
/// travels on which queue is in <see cref="RouteEventTable"/>.
/// </summary>
public sealed class RouteEventQueues
{
    public const string Section = "Queues";

    /// <summary>Default <c>connections</c>.</summary>
    public string Connections { get; set; } = QueueNames.Connections;

    /// <summary>A FIFO queue. Default <c>messages.fifo</c>.</summary>
    public string Messages { get; set; } = QueueNames.Messages;

    /// <summary>A FIFO queue. Default <c>walks.fifo</c>.</summary>
    public string Walks { get; set; } = QueueNames.Walks;

    /// <summary>A FIFO queue. Default <c>late.fifo</c>.</summary>
    public string Late { get; set; } = QueueNames.Late;

    /// <summary>Name or URL of the queue of an event.</summary>
    public string Of(IRouteEvent routeEvent) => Of(RouteEventTable.Of(routeEvent.GetType()).Queue);

    /// <summary>Name or URL of a queue.</summary>
    public string Of(ChatQueue queue) =>
        queue == ChatQueue.Connections ? Connections
        : queue == ChatQueue.Messages ? Messages
        : queue == ChatQueue.Walks ? Walks
        : queue == ChatQueue.Late ? Late
        : throw new ArgumentException($"There is no queue {queue.Setting}.", nameof(queue));
}
