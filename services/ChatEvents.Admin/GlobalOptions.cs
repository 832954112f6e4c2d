using System.CommandLine;
using ChatEvents.Admin.Output;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Queues;
using Microsoft.Extensions.Configuration;

namespace ChatEvents.Admin;

/// <summary>Options that every verb takes. Each name of a table or queue overrides the same setting of the workers.</summary>
internal sealed class GlobalOptions
{
    private readonly Option<OutputFormat> _output = new("--output", "-o")
    {
        Description = "How results are written.",
        DefaultValueFactory = _ => OutputFormat.Table,
        Recursive = true,
    };

    private readonly Option<bool> _yes = new("--yes", "-y")
    {
        Description = "Answers the question that a destructive verb would ask.",
        Recursive = true,
    };

    private readonly Option<string?> _connectionsTable =
        Name("--connections-table", $"{TableNames.Section}:Connections", "Table of connections", new TableNames().Connections);

    private readonly Option<string?> _roomsTable =
        Name("--rooms-table", $"{TableNames.Section}:Rooms", "Table of memberships", new TableNames().Rooms);

    private readonly Option<string?> _connectionsQueue =
        Name("--connections-queue", $"{RouteEventQueues.Section}:Connections", "Queue of connections", new RouteEventQueues().Connections);

    private readonly Option<string?> _messagesQueue =
        Name("--messages-queue", $"{RouteEventQueues.Section}:Messages", "Queue of chat messages", new RouteEventQueues().Messages);

    private readonly Option<string?> _walksQueue =
        Name("--walks-queue", $"{RouteEventQueues.Section}:Walks", "Queue of divided walks", new RouteEventQueues().Walks);

    private readonly Option<string?> _lateQueue =
        Name("--late-queue", $"{RouteEventQueues.Section}:Late", "Queue of late deliveries", new RouteEventQueues().Late);

    private readonly Option<string?> _callbackEndpoint = new("--callback-endpoint")
    {
        Description = "Asks this gateway (https://HOST/STAGE) instead of the endpoint in each row. "
            + $"Otherwise {Variable($"{SweepOptions.Section}:CallbackEndpoint")} of the environment, or AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI.",
        Recursive = true,
    };

    public IEnumerable<Option> All =>
    [
        _output, _yes, _connectionsTable, _roomsTable,
        _connectionsQueue, _messagesQueue, _walksQueue, _lateQueue, _callbackEndpoint,
    ];

    public OutputFormat Format(ParseResult arguments) => arguments.GetValue(_output);

    public bool IsYes(ParseResult arguments) => arguments.GetValue(_yes);

    /// <summary>The workers' settings with what the command line puts in their place.</summary>
    public ChatSettings Settings(ParseResult arguments, AdminEnvironment environment)
    {
        var configuration = environment.Settings;
        var tables = new TableNames();
        tables.Read(configuration, (old, instead) => environment.Error.WriteLine($"Setting {old} has a new name, {instead}."));
        tables.Connections = arguments.GetValue(_connectionsTable) ?? tables.Connections;
        tables.Rooms = arguments.GetValue(_roomsTable) ?? tables.Rooms;

        var queues = configuration.GetSection(RouteEventQueues.Section).Get<RouteEventQueues>() ?? new RouteEventQueues();
        queues.Connections = arguments.GetValue(_connectionsQueue) ?? queues.Connections;
        queues.Messages = arguments.GetValue(_messagesQueue) ?? queues.Messages;
        queues.Walks = arguments.GetValue(_walksQueue) ?? queues.Walks;
        queues.Late = arguments.GetValue(_lateQueue) ?? queues.Late;

        var endpoint = arguments.GetValue(_callbackEndpoint)
            ?? configuration[$"{SweepOptions.Section}:CallbackEndpoint"]
            ?? configuration["AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI"];
        return new ChatSettings(tables, queues, endpoint is { Length: > 0 } ? endpoint : null);
    }

    private static Option<string?> Name(string option, string setting, string what, string fallback) => new(option)
    {
        Description = $"{what}. Otherwise {Variable(setting)} of the environment, or {fallback}.",
        Recursive = true,
    };

    /// <summary>How a setting is called as an environment variable.</summary>
    private static string Variable(string setting) => setting.Replace(":", "__", StringComparison.Ordinal);
}

/// <param name="Tables">Names of the tables.</param>
/// <param name="Queues">Names of the queues.</param>
/// <param name="CallbackEndpoint">Asked instead of the endpoint in each row; null for the row's own.</param>
internal sealed record ChatSettings(TableNames Tables, RouteEventQueues Queues, string? CallbackEndpoint);
