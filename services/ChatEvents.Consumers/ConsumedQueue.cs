using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChatEvents.Consumers;

/// <summary>A queue and the consumers that a worker registered for it. The host chooses what feeds them.</summary>
/// <param name="Section">Configuration section of its <see cref="QueueOptions"/>; also the service key of its pump.</param>
/// <param name="Consumers">Its consumers.</param>
internal sealed record ConsumedQueue(string Section, QueueConsumers Consumers)
{
    public string QueueIn(IServiceProvider provider) => provider.GetRequiredService<RouteEventQueues>().Of(Consumers.Queue);

    public QueuePump CreatePump(IServiceProvider provider) => new(Handled<QueuePump>(provider));

    public QueueBatches CreateBatches(IServiceProvider provider) => new(Handled<QueueBatches>(provider));

    private HandledQueue Handled<TFeed>(IServiceProvider provider) => new(
        provider.GetRequiredService<IAmazonSQS>(),
        QueueIn(provider),
        provider.GetRequiredService<IOptionsMonitor<QueueOptions>>().Get(Section),
        CreateDispatch(provider).HandleAsync,
        provider.GetRequiredService<TimeProvider>(),
        Jitter.Next,
        provider.GetRequiredService<ILogger<TFeed>>())
    {
        Gate = provider.GetRequiredService<QueueGate>(),
    };

    internal ConsumerDispatch CreateDispatch(IServiceProvider provider) =>
        new(
            QueueIn(provider),
            Consumers,
            provider.GetRequiredService<IReceiveEndpointDispatcherFactory>(),
            provider.GetRequiredService<TimeProvider>());
}
