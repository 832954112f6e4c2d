using Amazon.CDK;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Operations;
using ChatEvents.Deploy.Routes;
using ChatEvents.Deploy.Site;
using ChatEvents.Deploy.Workers;
using Constructs;

namespace ChatEvents.Deploy;

/// <summary>The whole system: API and route functions, queues, tables, workers, alarms and dashboard.</summary>
public sealed class ChatStack : Stack
{
    /// <summary>Output: what clients connect to.</summary>
    public const string WebSocketUrl = "WebSocketUrl";

    /// <summary>Output: where a browser finds the page; absent without one.</summary>
    public const string SiteUrl = "SiteUrl";

    /// <summary>Output: the bucket of the page's files; absent without one.</summary>
    public const string SiteBucket = "SiteBucket";

    /// <summary>Output: the environment of the operator's tool, as <c>NAME=value NAME=value</c>.</summary>
    public const string AdminEnvironment = "AdminEnvironment";

    public ChatStack(Construct scope, ChatConfig config)
        : base(scope, config.StackName, new StackProps
        {
            Description = "Real-time chat on API Gateway WebSockets (ChatEvents)",
            TerminationProtection = config.TerminationProtection,
        })
    {
        var plan = SizePlan.Of(config.Size);

        var queues = new ChatQueues(this, "Queues", config.Workers);
        var tables = new ChatTables(this, "Tables");
        var functions = new RouteFunctions(this, "Routes", config, queues, tables);
        var api = new ChatApi(this, "Api", config, plan, functions);
        ChatWorkers workers = config.Workers == WorkerHosting.Lambda
            ? new FunctionWorkers(this, "Workers", config, plan, queues, tables, api)
            : new ContainerWorkers(this, "Workers", config, plan, queues, tables, api);

        var alarms = new ChatAlarms(this, "Alarms", config);
        alarms.Watch(queues);
        alarms.Watch(functions, api);
        alarms.Watch(workers);
        var dashboard = new ChatDashboard(this, "Dashboard", config, api, functions, queues, tables, workers);
        SavedQueries.Create(this, config, api, functions, workers);

        Tell(WebSocketUrl, api.Url, "wscat -c <this>");
        if (api.DomainTarget is { } target) Tell("DomainTarget", target, $"{config.Domain!.Name} must point here");
        if (config.Site)
        {
            var site = new ChatSite(this, "Site", config, api.Origin);
            Tell(SiteUrl, site.Url, "Open this in a browser");
            Tell(SiteBucket, site.Bucket.BucketName, "The files of the page");
        }

        Tell("DashboardUrl", dashboard.Url);
        Tell("AlarmTopic", alarms.Topic.TopicArn);
        Tell(AdminEnvironment, WorkerSettings.OfOperator(Region, queues, tables, api), "Environment of ChatEvents.Admin");
    }

    private void Tell(string name, string value, string? description = null) =>
        _ = new CfnOutput(this, name, new CfnOutputProps { Value = value, Description = description });
}
