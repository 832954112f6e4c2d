using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Routes;

namespace ChatEvents.Deploy.Workers;

/// <summary>The workers' settings, as environment variables: <c>Tables__Rooms</c> is the setting <c>Tables:Rooms</c>.</summary>
internal static class WorkerSettings
{
    public static Dictionary<string, string> OfRegistry(ChatQueues queues, ChatTables tables, ChatApi api) => new()
    {
        ["Queues__Connections"] = queues.Connections.Queue.QueueUrl,
        ["Queues__Late"] = queues.Late.Queue.QueueUrl,
        ["Tables__Connections"] = tables.Connections.TableName,
        ["Tables__Rooms"] = tables.Rooms.TableName,
        ["Tables__Closed"] = tables.Closed.TableName,
        ["Tables__Recent"] = tables.Recent.TableName,
        ["Tables__Bans"] = tables.Bans.TableName,
        ["Registry__Sweep__CallbackEndpoint"] = api.CallbackEndpoint,
    };

    public static Dictionary<string, string> OfFanOut(ChatConfig config, ChatQueues queues, ChatTables tables, ChatApi api) => new()
    {
        ["Queues__Connections"] = queues.Connections.Queue.QueueUrl,
        ["Queues__Messages"] = queues.Messages.Queue.QueueUrl,
        ["Queues__Walks"] = queues.Walks.Queue.QueueUrl,
        ["Queues__Late"] = queues.Late.Queue.QueueUrl,
        ["Tables__Rooms"] = tables.Rooms.TableName,
        ["Tables__Recent"] = tables.Recent.TableName,
        ["Tables__Progress"] = tables.Progress.TableName,
        ["FanOut__CallbackEndpoint"] = api.CallbackEndpoint,
        ["History__Retention"] = $"{TimeSpan.FromHours(config.HistoryRetentionHours)}",
    };

    /// <summary>The environment of the operator's tool on this deployment, as <c>NAME=value NAME=value</c>.</summary>
    public static string OfOperator(string region, ChatQueues queues, ChatTables tables, ChatApi api)
    {
        var settings = new Dictionary<string, string>(OfRegistry(queues, tables, api))
        {
            ["AWS_REGION"] = region,
            ["Queues__Messages"] = queues.Messages.Queue.QueueUrl,
            ["Queues__Walks"] = queues.Walks.Queue.QueueUrl,
        };
        return string.Join(' ', settings.OrderBy(setting => setting.Key, StringComparer.Ordinal).Select(setting => $"{setting.Key}={setting.Value}"));
    }

    /// <summary>The settings of the sweeps' functions: those of <see cref="OfRegistry"/>, and its pace.</summary>
    public static Dictionary<string, string> OfSweep(SizePlan plan, ChatQueues queues, ChatTables tables, ChatApi api) =>
        new(OfRegistry(queues, tables, api)) { ["Registry__Sweep__ChecksPerSecond"] = $"{plan.Functions.SweepChecksPerSecond}" };

    /// <summary>The settings of the fan-out's function, which writes its metrics to the log.</summary>
    public static Dictionary<string, string> OfFanOutFunction(
        ChatConfig config, ChatQueues queues, ChatTables tables, ChatApi api, PostMetrics posts) =>
        new(OfFanOut(config, queues, tables, api))
        {
            ["Metrics__Namespace"] = posts.Namespace,
        };
}
