using Amazon.CDK;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Operations;
using ChatEvents.Deploy.Routes;
using ChatEvents.Deploy.Workers;
using Constructs;

namespace ChatEvents.Deploy;

/// <summary>The whole system: API and route functions, queues, tables, workers, alarms and dashboard.</summary>
public sealed class ChatStack : Stack
{
    public ChatStack(Construct scope, ChatConfig config)
        : base(scope, config.StackName, new StackProps { Description = "Real-time chat on API Gateway WebSockets (ChatEvents)" })
    {
        var plan = SizePlan.Of(config.Size);

        var queues = new ChatQueues(this, "Queues", config.Workers);
        var tables = new ChatTables(this, "Tables");
        var functions = new RouteFunctions(this, "Routes", config, plan, queues, tables);
        var api = new ChatApi(this, "Api", config, plan, functions);
        ChatWorkers workers = config.Workers == WorkerHosting.Lambda
            ? new FunctionWorkers(this, "Workers", config, plan, queues, tables, api)
            : new ContainerWorkers(this, "Workers", config, plan, queues, tables, api);

        var alarms = new ChatAlarms(this, "Alarms", config);
        alarms.Watch(queues);
        alarms.Watch(functions, api);
        alarms.Watch(workers);
        _ = new ChatDashboard(this, "Dashboard", config, api, functions, queues, tables, workers);

        _ = new CfnOutput(this, "WebSocketUrl", new CfnOutputProps { Value = api.Url, Description = "wscat -c <this>" });
        if (api.DomainTarget is { } target)
        {
            _ = new CfnOutput(this, "DomainTarget", new CfnOutputProps { Value = target, Description = $"{config.Domain!.Name} must point here" });
        }

        _ = new CfnOutput(this, "AlarmTopic", new CfnOutputProps { Value = alarms.Topic.TopicArn });
    }
}
