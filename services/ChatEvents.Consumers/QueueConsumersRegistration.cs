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
    /// Of one request to SQS. Longer than the longest poll, and a fraction of the SDK's 100 s: a connection that the network has dropped
    /// without a word keeps a receive waiting for that long, and a worker has few of them.
    /// </summary>
    private static readonly TimeSpan SqsTimeout = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Adds what publishes route events: <see cref="RouteEventPublisher"/>, the queues it uses (section <c>Queues</c>), and the client
    /// of SQS, unless there is one already.
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
    /// Adds the consumers of one queue. What feeds them is added by <see cref="AddQueuePumps"/> or <see cref="AddReceivedBatches"/>.
    /// </summary>
    /// <param name="services">The services of a host.</param>
    /// <param name="section">Configuration section of the queue's <see cref="QueueOptions"/>, such as <c>FanOut:Queue</c>.</param>
    /// <param name="queue">Which of the queues.</param>
    /// <param name="assembly">Where the consumers of its route events are.</param>
    public static IServiceCollection AddQueueConsumers(
        this IServiceCollection services, string section, ChatQueue queue, Assembly assembly)
    {
        var consumers = new QueueConsumers(queue, assembly);
        services.AddRouteEventPublisher();
        services.AddConsumers(consumers);
        services.Configure<QueueOptions>(section, options => options.MaxReceiveCount = queue.MaxReceives);
        services.AddSettings<QueueOptions>(section, name: section);
        services.AddSingleton(new ConsumedQueue(section, consumers));
        return services;
    }

    /// <summary>
    /// For every queue whose consumers were added so far: adds a pump that feeds them for as long as the host runs, and a readiness
    /// check of it (tag <see cref="HealthEndpoints.Readiness"/>).
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
                [HealthEndpoints.Readiness]));
        }

        return services;
    }

    /// <summary>Adds <see cref="ReceivedBatches"/>, by which a host feeds the consumers that receives the messages by itself.</summary>
    public static IServiceCollection AddReceivedBatches(this IServiceCollection services) =>
        services.AddSingleton(provider => new ReceivedBatches(provider.GetServices<ConsumedQueue>(), provider));

    private static void AddConsumers(this IServiceCollection services, QueueConsumers consumers)
    {
        if (!services.Any(service => service.ServiceType == typeof(IReceiveEndpointDispatcherFactory)))
        {
            services.AddMassTransit(bus =>
            {
                // The dispatchers want a bus to be registered, not that it runs: no message ever passes through this one.
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
