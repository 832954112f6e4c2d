using Amazon.DynamoDBv2;
using Amazon.Runtime;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>The registry worker as a web application: consumers of the queue of connections, and health endpoints.</summary>
public static class RegistryWorker
{
    /// <summary>
    /// Throttled calls are repeated by the SDK with growing, jittered delays before the message goes back to its queue. Eight attempts
    /// last some ten seconds: DynamoDB needs about that long to split a partition that grew hot.
    /// </summary>
    private const int DynamoDbRetries = 8;

    /// <summary>Builds the worker; <paramref name="configure"/> is what a host of several workers, or a test, sets or replaces.</summary>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        AddRegistry(builder.Services);
        configure?.Invoke(builder);
        return builder.Build();
    }

    private static void AddRegistry(IServiceCollection services)
    {
        services.AddOptions<RegistryOptions>().BindConfiguration(RegistryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RegistryOptions>, RegistryOptionsValidator>();
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IAmazonDynamoDB>(_ => new AmazonDynamoDBClient(
            new AmazonDynamoDBConfig { RetryMode = RequestRetryMode.Standard, MaxErrorRetry = DynamoDbRetries }));
        services.AddSingleton<RegistryRows>();
        services.AddSingleton<ConnectionRegistry>();
        services.AddHostedService<TableWait>();
    }
}
