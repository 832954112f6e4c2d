using System.Reflection;
using ChatEvents.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.Consumers;

/// <summary>
/// Hosts the same consumers by MassTransit's own SQS transport instead of the pump. Compiled only with
/// <c>-p:OfficialAwsPackages=true</c>, because that package is not on every feed. What the pump adds is not there: turns within a
/// group, a cancelled handler when the lease is lost, growing return delays, a readiness check of the queue itself.
/// </summary>
public static class AmazonSqsTransport
{
    /// <param name="services">The services of a host.</param>
    /// <param name="region">Such as <c>eu-central-1</c>.</param>
    /// <param name="queue">Which of the queues; it must be named by name, not by URL.</param>
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
                    // No topics, no copies to other queues: a failure goes back to its queue, and SQS makes it a dead letter.
                    endpoint.ConfigureConsumeTopology = false;
                    endpoint.PublishFaults = false;
                    endpoint.RethrowFaultedMessages();
                    endpoint.ThrowOnSkippedMessages();

                    // Without AnyMessageType: several consumers share this endpoint, and the attribute MT-MessageType chooses.
                    endpoint.UseRawJsonDeserializer(default, isDefault: true);
                    foreach (var consumer in consumers.All) endpoint.ConfigureConsumer(context, consumer.ConsumerType);
                });
            });
        });
    }
}
