using Amazon.DynamoDBv2;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChatEvents.Consumers.Tables;

public static class TableWaitRegistration
{
    /// <summary>
    /// Has what is added later start only when the tables are there: hosted services start one after the other. So it comes before
    /// <see cref="QueueConsumersRegistration.AddQueuePumps"/>.
    /// </summary>
    public static IServiceCollection AddTableWait<TOptions>(this IServiceCollection services, Func<TOptions, RequiredTables> tables)
        where TOptions : class =>
        services.AddHostedService(provider => new TableWait(
            provider.GetRequiredService<IAmazonDynamoDB>(),
            tables(provider.GetRequiredService<IOptions<TOptions>>().Value),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TableWait>>()));
}
