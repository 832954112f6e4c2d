using Amazon.CDK;
using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy;

internal static class LogGroups
{
    /// <summary>A log group that is deleted with its stack. Lambda and ECS would create one that keeps its lines for ever.</summary>
    /// <param name="scope">Where it belongs.</param>
    /// <param name="id">In that scope.</param>
    /// <param name="config">Says how long lines are kept.</param>
    /// <param name="name">The name that a service writes to; null for a generated one.</param>
    public static LogGroup Create(Construct scope, string id, ChatConfig config, string? name = null)
    {
        var group = new LogGroup(scope, id, new LogGroupProps { LogGroupName = name, RemovalPolicy = RemovalPolicy.DESTROY });
        // The plain number: the CDK's enum has a name for each number of days, and ChatConfigRules has the list of valid ones.
        ((CfnLogGroup)group.Node.DefaultChild!).RetentionInDays = config.LogRetentionDays;
        return group;
    }
}
