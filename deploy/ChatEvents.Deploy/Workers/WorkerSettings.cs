using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;

namespace ChatEvents.Deploy.Workers;

/// <summary>The workers' settings, as environment variables: <c>Tables__Rooms</c> is the setting <c>Tables:Rooms</c>.</summary>
internal static class WorkerSettings
{
    public static Dictionary<string, string> OfRegistry(ChatQueues queues, ChatTables tables) => new()
    {
        ["Queues__Connections"] = queues.Connections.Queue.QueueUrl,
        ["Queues__Late"] = queues.Late.Queue.QueueUrl,
        ["Tables__Connections"] = tables.Connections.TableName,
        ["Tables__Rooms"] = tables.Rooms.TableName,
        ["Tables__Closed"] = tables.Closed.TableName,
        ["Tables__Recent"] = tables.Recent.TableName,
        ["Tables__Bans"] = tables.Bans.TableName,
    };

    public static Dictionary<string, string> OfFanOut(ChatConfig config, ChatQueues queues, ChatTables tables)
    {
        var settings = new Dictionary<string, string>
        {
            ["Queues__Connections"] = queues.Connections.Queue.QueueUrl,
            ["Queues__Messages"] = queues.Messages.Queue.QueueUrl,
            ["Queues__Walks"] = queues.Walks.Queue.QueueUrl,
            ["Queues__Late"] = queues.Late.Queue.QueueUrl,
            ["Tables__Rooms"] = tables.Rooms.TableName,
            ["Tables__Recent"] = tables.Recent.TableName,
            ["Tables__Progress"] = tables.Progress.TableName,
        };
        if (config.PostsTo is { } endpoint) settings["FanOut__CallbackEndpoint"] = endpoint;
        return settings;
    }

    /// <summary>The settings of the sweeps' functions: those of <see cref="OfRegistry"/>, and its pace.</summary>
    public static Dictionary<string, string> OfSweep(SizePlan plan, ChatQueues queues, ChatTables tables) =>
        new(OfRegistry(queues, tables)) { ["Registry__Sweep__ChecksPerSecond"] = $"{plan.Functions.SweepChecksPerSecond}" };

    /// <summary>The settings of the fan-out's function, which writes its metrics to the log.</summary>
    public static Dictionary<string, string> OfFanOutFunction(
        ChatConfig config, ChatQueues queues, ChatTables tables, PostMetrics posts) =>
        new(OfFanOut(config, queues, tables))
        {
            ["Metrics__Namespace"] = posts.Namespace,
        };
}
