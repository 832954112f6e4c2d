using Amazon.CDK;
using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy;

internal static class LogGroups
{
    /// <summary>A log group that is deleted with its stack. Lambda and ECS would create one that keeps its lines for ever.</summary>
    public static LogGroup Create(Construct scope, string id, ChatConfig config)
    {
        var group = new LogGroup(scope, id, new LogGroupProps { RemovalPolicy = RemovalPolicy.DESTROY });
        // The plain number: the CDK's enum has a name for each number of days, and ChatConfigRules has the list of valid ones.
        ((CfnLogGroup)group.Node.DefaultChild!).RetentionInDays = config.LogRetentionDays;
        return group;
    }
}
