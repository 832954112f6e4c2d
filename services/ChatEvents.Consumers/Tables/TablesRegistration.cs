using Amazon.DynamoDBv2;
using Amazon.Runtime;
using ChatEvents.Contracts;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChatEvents.Consumers.Tables;

public static partial class TablesRegistration
{
    /// <summary>
    /// Adds the tables with their names (section <c>Tables</c>), and the client of DynamoDB. If the host replaces that client, walks also
    /// need <see cref="AWSCredentials"/>.
    /// </summary>
    /// <param name="services">The services of a host.</param>
    /// <param name="linger">See <see cref="ItemBatches"/>; none by default.</param>
    public static IServiceCollection AddTables(this IServiceCollection services, Func<IServiceProvider, TimeSpan>? linger = null)
    {
        services.AddOptions<TableNames>()
            .Configure<IConfiguration, ILogger<TableNames>>(static (names, configuration, logger) =>
                names.Read(configuration, (old, instead) => LogOldName(logger, old, instead)))
            .CheckOnStart(TableNames.Section);
        services.AddSingleton(provider => provider.GetRequiredService<IOptions<TableNames>>().Value);
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<Func<double>>(Jitter.Next);
        services.AddSingleton<IAmazonDynamoDB>(_ => new RoomRowsClient(TablesClient.CreateConfig()));
        services.AddSingleton(provider => RoomRowsClient.Like(
            provider.GetRequiredService<IAmazonDynamoDB>(), provider.GetRequiredService<AWSCredentials>()));
        services.AddSingleton(provider => new ItemBatches(
            provider.GetRequiredService<IAmazonDynamoDB>(),
            linger?.Invoke(provider) ?? TimeSpan.Zero,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<Func<double>>()));
        services.AddSingleton(provider =>
        {
            var logger = provider.GetRequiredService<ILogger<RowProblems>>();
            return new RowProblems(provider.GetRequiredService<TimeProvider>(), row => LogSenseless(logger, row));
        });
        services.AddSingleton<ConnectionsTable>();
        services.AddSingleton<RoomsTable>();
        services.AddSingleton<ClosedTable>();
        services.AddSingleton<RoomRows>();
        services.AddSingleton<RecentTable>();
        services.AddSingleton<OwedTable>();
        services.AddSingleton<ProgressTable>();
        services.AddSingleton<BansTable>();
        return services;
    }

    /// <summary>
    /// Delays the start of everything added later until the tables exist, because hosted services start one by one. Call it before
    /// <see cref="QueueConsumersRegistration.AddQueuePumps"/>.
    /// </summary>
    /// <param name="services">The services of a host.</param>
    /// <param name="tables">The tables that the worker needs.</param>
    /// <param name="patience">How long the start may wait for all of them.</param>
    public static IServiceCollection AddTableWait<TOptions>(
        this IServiceCollection services, Func<TableNames, IReadOnlyList<string>> tables, Func<TOptions, TimeSpan> patience)
        where TOptions : class =>
        services.AddHostedService(provider => new TableWait(
            provider.GetRequiredService<IAmazonDynamoDB>(),
            tables(provider.GetRequiredService<TableNames>()),
            patience(provider.GetRequiredService<IOptions<TOptions>>().Value),
            provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<TableWait>>()));

    [LoggerMessage(LogLevel.Warning, "{Row} It is said again in an hour, if it is still there.")]
    private static partial void LogSenseless(ILogger logger, SenselessRow row);

    [LoggerMessage(LogLevel.Warning, "Setting {Old} has a new name, {New}. The next version ignores the old one.")]
    private static partial void LogOldName(ILogger logger, string old, string @new);
}
