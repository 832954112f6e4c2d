using System.Reflection;
using ChatEvents.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.Consumers;

/// <summary>
/// Hosts the same consumers on MassTransit's own SQS transport instead of the pump. Compiled only with <c>-p:OfficialAwsPackages=true</c>,
/// because not every feed has that package. It lacks what the pump adds: turns within a group, cancelling a handler whose lease is lost,
/// growing return delays, and a readiness check of the queue.
/// </summary>
public static class AmazonSqsTransport
{
    /// <param name="services">The services of a host.</param>
    /// <param name="region">Such as <c>eu-central-1</c>.</param>
    /// <param name="queue">The queue; it must be configured by name, not by URL.</param>
    /// <param name="assembly">Where the consumers of its route events are.</param>
    public static IServiceCollection AddQueueConsumersOnMassTransit(
        this IServiceCollection services, string region, ChatQueue queue, Assembly assembly)
    {
        var consumers = new QueueConsumers(queue, assembly);
        services.AddRouteEventPublisher();
        return services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            foreach (var consumer in consumers.All) bus.AddConsumer(consumer.ConsumerType);
            bus.UsingAmazonSqs((context, sqs) =>
            {
                sqs.Host(region, _ => { });
                sqs.ReceiveEndpoint(context.GetRequiredService<RouteEventQueues>().Of(queue), endpoint =>
                {
                    // No topics, no copies to other queues: a failed message is returned to its queue, and SQS makes it a dead letter.
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.PublishFaults = false;
                    endpoint.RethrowFaultedMessages();
                    endpoint.ThrowOnSkippedMessages();

                    // Without AnyMessageType: several consumers share this endpoint, and the attribute MT-MessageType selects one.
                    endpoint.UseRawJsonDeserializer(default, isDefault: true);
                    foreach (var consumer in consumers.All) endpoint.ConfigureConsumer(context, consumer.ConsumerType);
                });
            });
        });
    }
}
