using System.Reflection;
using ChatEvents.Contracts;
using MassTransit;
using MassTransit.Transports;

namespace ChatEvents.Consumers;

/// <summary>The consumers of one queue: one for each route event that travels on it.</summary>
internal sealed class QueueConsumers
{
    private static readonly MethodInfo CreateOf =
        typeof(QueueConsumers).GetMethod(nameof(Create), BindingFlags.NonPublic | BindingFlags.Static)!;

    /// <param name="queue">The queue whose route events they consume.</param>
    /// <param name="assembly">Where the consumers are.</param>
    /// <exception cref="InvalidOperationException">An event has no consumer there, or several.</exception>
    public QueueConsumers(ChatQueue queue, Assembly assembly)
    {
        Queue = queue;
        All = [.. RouteEventTable.On(queue).Select(routeEvent => new Consumer(routeEvent, ConsumerOf(routeEvent, assembly)))];
    }

    public ChatQueue Queue { get; }

    public IReadOnlyList<Consumer> All { get; }

    private static Type ConsumerOf(RouteEventType routeEvent, Assembly assembly)
    {
        var consumer = typeof(IConsumer<>).MakeGenericType(routeEvent.Type);
        return assembly.GetTypes().Where(type => type.IsClass && type.IsAssignableTo(consumer)).ToList() is [var only]
            ? only
            : throw new InvalidOperationException($"{assembly.GetName().Name} needs one consumer of {routeEvent.Name}.");
    }

    private static IReceiveEndpointDispatcher Create<TConsumer>(IReceiveEndpointDispatcherFactory dispatchers, string name)
        where TConsumer : class, IConsumer => dispatchers.CreateConsumerReceiver<TConsumer>(name);

    /// <param name="Event">The event that it consumes.</param>
    /// <param name="ConsumerType">The class.</param>
    internal sealed record Consumer(RouteEventType Event, Type ConsumerType)
    {
        /// <summary>One dispatcher per consumer: two consumers on one dispatcher would both get the messages of both types.</summary>
        public IReceiveEndpointDispatcher CreateDispatcher(IReceiveEndpointDispatcherFactory dispatchers, string queue) =>
            (IReceiveEndpointDispatcher)CreateOf.MakeGenericMethod(ConsumerType).Invoke(null, [dispatchers, $"{queue}-{Event.Name}"])!;
    }
}
