using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>
/// On which queue each route event travels: a name, or the URL, which saves a Lambda's cold start the look-up. Section <c>Queues</c>.
/// </summary>
public sealed class RouteEventQueues
{
    public const string Section = "Queues";

    /// <summary>
    /// Of <see cref="ConnectionOpened"/>, <see cref="MembershipChanged"/> and <see cref="ConnectionClosed"/>. Default <c>connections</c>.
    /// </summary>
    public string Connections { get; set; } = QueueNames.Connections;

    /// <summary>Of <see cref="MessagePosted"/>; a FIFO queue. Default <c>messages.fifo</c>.</summary>
    public string Messages { get; set; } = QueueNames.Messages;

    /// <summary>Of <see cref="WalkDivided"/>; a FIFO queue. Default <c>walks.fifo</c>.</summary>
    public string Walks { get; set; } = QueueNames.Walks;

    /// <summary>Of <see cref="MessagesDelayed"/> and <see cref="MessagesMissed"/>; a FIFO queue. Default <c>late.fifo</c>.</summary>
    public string Late { get; set; } = QueueNames.Late;

    /// <summary>How messages of <see cref="Connections"/> are read.</summary>
    public static RouteEventRules ConnectionsRules =>
        new RouteEventRules().Add<ConnectionOpened>().Add<MembershipChanged>().Add<ConnectionClosed>();

    /// <summary>How messages of <see cref="Messages"/> are read.</summary>
    public static RouteEventRules MessagesRules => new RouteEventRules().Add<MessagePosted>(takesUntyped: true);

    /// <summary>How messages of <see cref="Walks"/> are read.</summary>
    public static RouteEventRules WalksRules => new RouteEventRules().Add<WalkDivided>();

    /// <summary>How messages of <see cref="Late"/> are read.</summary>
    public static RouteEventRules LateRules => new RouteEventRules().Add<MessagesDelayed>().Add<MessagesMissed>();

    /// <summary>Name or URL of the queue of an event.</summary>
    public string Of(IRouteEvent routeEvent) => routeEvent switch
    {
        ConnectionOpened or MembershipChanged or ConnectionClosed => Connections,
        MessagePosted => Messages,
        WalkDivided => Walks,
        MessagesDelayed or MessagesMissed => Late,
        _ => throw new ArgumentException($"No queue is known for {routeEvent.GetType().Name}.", nameof(routeEvent)),
    };
}
