using System.Reflection;
using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using MassTransit;
using MassTransit.Configuration;
using MassTransit.Transports;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace ChatEvents.Consumers;

public static class QueueConsumersRegistration
{
    /// <summary>
    /// Time limit of a request to SQS: longer than the longest poll, and much shorter than the SDK's 100 s. If the network silently drops a
    /// connection, a receive waits that long, and a worker has few receives.
    /// </summary>
    private static readonly TimeSpan SqsTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Adds the <see cref="RouteEventPublisher"/>, its queues (section <c>Queues</c>) and, if there is none yet, the SQS client.
    /// </summary>
    public static IServiceCollection AddRouteEventPublisher(this IServiceCollection services)
    {
        services.AddOptions<RouteEventQueues>().BindConfiguration(RouteEventQueues.Section);
        services.TryAddSingleton(provider => provider.GetRequiredService<IOptions<RouteEventQueues>>().Value);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IAmazonSQS>(_ => new AmazonSQSClient(
            new AmazonSQSConfig { Timeout = SqsTimeout, HttpClientFactory = new BodyTimeoutHttpClientFactory() }));
        services.TryAddSingleton(provider => new RouteEventPublisher(
            provider.GetRequiredService<IAmazonSQS>(),
            provider.GetRequiredService<RouteEventQueues>(),
            provider.GetRequiredService<TimeProvider>(),
            Jitter.Next));
        return services;
    }

    /// <summary>
    /// Adds the consumers of one queue. <see cref="AddQueuePumps"/> or <see cref="AddReceivedBatches"/> adds what feeds them.
    /// </summary>
    /// <param name="services">The services of a host.</param>
    /// <param name="section">Configuration section of the queue's <see cref="QueueOptions"/>, such as <c>FanOut:Queue</c>.</param>
    /// <param name="queue">The queue.</param>
    /// <param name="assembly">Where the consumers of its route events are.</param>
    public static IServiceCollection AddQueueConsumers(
        this IServiceCollection services, string section, ChatQueue queue, Assembly assembly)
    {
        var consumers = new QueueConsumers(queue, assembly);
        services.AddRouteEventPublisher();
        services.AddConsumers(consumers);
        services.TryAddSingleton<QueueGate>();
        services.Configure<QueueOptions>(section, options => options.MaxReceiveCount = queue.MaxReceives);
        services.AddSettings<QueueOptions>(section, name: section);
        services.AddSingleton(new ConsumedQueue(section, consumers));
        return services;
    }

    /// <summary>
    /// Adds, for every queue whose consumers were added before, a pump that feeds them while the host runs, and its health check (tags
    /// <see cref="HealthEndpoints.Readiness"/> and <see cref="HealthEndpoints.Container"/>).
    /// </summary>
    public static IServiceCollection AddQueuePumps(this IServiceCollection services)
    {
        foreach (var queue in services.Select(service => service.ImplementationInstance).OfType<ConsumedQueue>().ToList())
        {
            services.AddKeyedSingleton(queue.Section, (provider, _) => queue.CreatePump(provider));
            services.AddSingleton<IHostedService>(provider =>
                ActivatorUtilities.CreateInstance<QueueWorker>(provider, provider.GetRequiredKeyedService<QueuePump>(queue.Section)));
            services.AddHealthChecks().Add(new HealthCheckRegistration(
                queue.Section,
                provider => ActivatorUtilities.CreateInstance<QueueHealth>(
                    provider, provider.GetRequiredKeyedService<QueuePump>(queue.Section)),
                HealthStatus.Unhealthy,
                [HealthEndpoints.Readiness, HealthEndpoints.Container]));
        }

        return services;
    }

    /// <summary>Adds <see cref="ReceivedBatches"/>, for hosts that receive the messages themselves.</summary>
    public static IServiceCollection AddReceivedBatches(this IServiceCollection services) =>
        services.AddSingleton(provider => new ReceivedBatches(provider.GetServices<ConsumedQueue>(), provider));

    private static void AddConsumers(this IServiceCollection services, QueueConsumers consumers)
    {
        if (!services.Any(service => service.ServiceType == typeof(IReceiveEndpointDispatcherFactory)))
        {
            services.AddMassTransit(bus =>
            {
                // The dispatchers need a registered bus, but not a running one: no message passes through it.
                bus.UsingInMemory();
                bus.DisableUsageTelemetry();
                bus.AddConfigureEndpointsCallback((_, endpoint) =>
                    endpoint.UseRawJsonDeserializer(RawSerializerOptions.AnyMessageType, isDefault: true));
            });
            services.RemoveMassTransitHostedService();
        }

        var registrar = new DependencyInjectionContainerRegistrar(services);
        foreach (var consumer in consumers.All) services.RegisterConsumer(registrar, consumer.ConsumerType);
    }
}
