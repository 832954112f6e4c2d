using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Routes;
using ChatEvents.Deploy.Workers;
using Constructs;

namespace ChatEvents.Deploy.Operations;

/// <summary>Questions to the logs that an operator asks first, saved in Logs Insights under the name of the stack. They cost nothing.</summary>
internal static class SavedQueries
{
    public static void Create(Construct scope, ChatConfig config, ChatApi api, RouteFunctions functions, ChatWorkers workers)
    {
        ILogGroup[] ofFunctions = [.. functions.All.Select(function => function.LogGroup)];
        ILogGroup[] everything = [api.AccessLogs, .. ofFunctions, .. workers.Logs];

        Save("what-went-wrong", [.. ofFunctions, .. workers.Logs], """
            fields @timestamp, @log, coalesce(Message, @message) as text
            | filter LogLevel in ["Warning", "Error", "Critical"] or level in ["Warning", "Error", "Critical"] or @message like /\t(warn|fail|crit)\t/
            | sort @timestamp desc
            | limit 200
            """);
        Save("refused-by-the-api", [api.AccessLogs], """
            filter status >= 400
            | stats count(*) as times by route, status, error
            | sort times desc
            """);
        // The connection, message or request id goes between the slashes.
        Save("one-connection-or-message", everything, """
            fields @timestamp, @log, @message
            | filter @message like /PASTE-AN-ID-HERE/
            | sort @timestamp asc
            | limit 1000
            """);
        Save("slow-and-cold-functions", ofFunctions, """
            filter @type = "REPORT"
            | stats count(*) as calls, pct(@duration, 50) as p50, pct(@duration, 99) as p99, count(@initDuration) as cold, max(@initDuration) as coldest,
                max(@maxMemoryUsed / 1000 / 1000) as megabytes by @log
            """);

        void Save(string name, IEnumerable<ILogGroup> groups, string query) => _ = new CfnQueryDefinition(scope, $"Query-{name}", new CfnQueryDefinitionProps
        {
            Name = $"{config.StackName}/{name}",
            LogGroupNames = [.. groups.Select(group => group.LogGroupName)],
            QueryString = query,
        });
    }
}
