using ChatEvents.Contracts;
using ChatEvents.Queues;
using MassTransit;
using MassTransit.Transports;

namespace ChatEvents.Consumers;

/// <summary>The consumers of one queue, each for one route event.</summary>
public sealed class QueueConsumers
{
    private readonly List<Consumer> _consumers = [];

    internal QueueConsumers()
    {
    }

    internal IReadOnlyList<Consumer> All => _consumers;

    /// <summary>How their messages are read.</summary>
    internal RouteEventRules Rules { get; } = new();

    /// <param name="takesUntyped">Whether messages without a type come to this consumer. At most one of a queue.</param>
    public QueueConsumers Add<TConsumer, TEvent>(bool takesUntyped = false)
        where TConsumer : class, IConsumer<TEvent>
        where TEvent : class, IRouteEvent
    {
        Rules.Add<TEvent>(takesUntyped);
        _consumers.Add(new(
            AttributeNames.MessageTypeOf<TEvent>(),
            typeof(TConsumer),
            (dispatchers, queue) => dispatchers.CreateConsumerReceiver<TConsumer>($"{queue}-{typeof(TEvent).Name}")));
        return this;
    }

    /// <param name="MessageType">Value of the attribute <see cref="AttributeNames.MessageType"/> that chooses it.</param>
    /// <param name="ConsumerType">The class.</param>
    /// <param name="CreateDispatcher">One dispatcher per consumer: two on one would both get a message of either type.</param>
    internal sealed record Consumer(
        string MessageType,
        Type ConsumerType,
        Func<IReceiveEndpointDispatcherFactory, string, IReceiveEndpointDispatcher> CreateDispatcher);
}
