using System.CommandLine;
using Amazon.Runtime;
using ChatEvents.Admin.Output;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using Microsoft.Extensions.Configuration;

namespace ChatEvents.Admin;

/// <summary>Options of every verb. The name of a table or queue overrides the same setting of the workers.</summary>
internal sealed class GlobalOptions
{
    private const string CallbackEndpoint = $"{SweepOptions.Section}:CallbackEndpoint";
    private const string AllowedSetting = $"{SweepOptions.Section}:{nameof(SweepOptions.AllowedEndpoints)}";
    private const string SdkEndpoint = "AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI";

    private readonly Option<OutputFormat> _output = new("--output", "-o")
    {
        Description = "Output format of results.",
        DefaultValueFactory = _ => OutputFormat.Table,
        Recursive = true,
    };

    private readonly Option<bool> _yes = new("--yes", "-y")
    {
        Description = "Answers yes to the question of a destructive verb.",
        Recursive = true,
    };

    /// <summary>The options that override a setting of the workers, by the setting.</summary>
    private readonly Dictionary<string, Option<string?>> _overrides = new(
    [
        Override($"{TableNames.Section}:Connections", "--connections-table", "Table of connections", RegistryTables.Connections),
        Override($"{TableNames.Section}:Rooms", "--rooms-table", "Table of memberships", RegistryTables.Rooms),
        Override($"{TableNames.Section}:Bans", "--bans-table", "Table of bans", Bans.Table),
        Override($"{TableNames.Section}:Recent", "--recent-table", "Log of messages", RecentMessages.Table),
        .. ChatQueue.All.Select(queue => Override(
            $"{RouteEventQueues.Section}:{queue.Setting}", $"--{queue.Setting.ToLowerInvariant()}-queue", $"Queue of {queue.Carries}", queue.Name)),
        Override(CallbackEndpoint, "--callback-endpoint", "The gateway (https://HOST/STAGE) to ask instead of the endpoint in each row", SdkEndpoint),
    ]);

    public IEnumerable<Option> All => [_output, _yes, .. _overrides.Values];

    public OutputFormat Format(ParseResult arguments) => arguments.GetValue(_output);

    public bool IsYes(ParseResult arguments) => arguments.GetValue(_yes);

    /// <summary>The workers' settings, overridden by the command line.</summary>
    public ChatSettings Settings(ParseResult arguments, AdminEnvironment environment)
    {
        var settings = new ConfigurationBuilder()
            .AddConfiguration(environment.Settings)
            .AddInMemoryCollection(_overrides
                .Select(option => KeyValuePair.Create(option.Key, arguments.GetValue(option.Value)))
                .Where(option => option.Value is not null))
            .Build();
        var tables = new TableNames();
        tables.Read(settings, (old, instead) => environment.Error.WriteLine($"Setting {old} has a new name, {instead}."));
        var queues = settings.GetSection(RouteEventQueues.Section).Get<RouteEventQueues>() ?? new RouteEventQueues();
        var endpoint = settings[CallbackEndpoint] ?? settings[SdkEndpoint];
        return new ChatSettings(tables, queues, endpoint is { Length: > 0 } ? endpoint : null, AllowedIn(settings));
    }

    /// <exception cref="AdminException">A setting is no URL.</exception>
    private static AllowedEndpoints AllowedIn(IConfiguration settings)
    {
        try
        {
            return new AllowedEndpoints(
                FallbackRegionFactory.GetRegionEndpoint()?.SystemName, settings.GetSection(AllowedSetting).Get<string[]>() ?? []);
        }
        catch (FormatException wrong)
        {
            throw new AdminException($"{AllowedSetting}: {wrong.Message}");
        }
    }

    private static KeyValuePair<string, Option<string?>> Override(string setting, string option, string what, string otherwise) => new(
        setting,
        new Option<string?>(option)
        {
            Description = $"{what}. Otherwise {setting.Replace(":", "__", StringComparison.Ordinal)} of the environment, or {otherwise}.",
            Recursive = true,
        });
}

/// <param name="Tables">Names of the tables.</param>
/// <param name="Queues">Names of the queues.</param>
/// <param name="CallbackEndpoint">The gateway to ask instead of the endpoint in each row; null for the endpoint of the row.</param>
/// <param name="Allowed">Which endpoints of rows may be asked.</param>
internal sealed record ChatSettings(TableNames Tables, RouteEventQueues Queues, string? CallbackEndpoint, AllowedEndpoints Allowed);
