using Amazon.CDK;
using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy;

internal static class LogGroups
{
    /// <summary>A log group that ends with its stack. Made here and not by Lambda or ECS, which would keep its lines for ever.</summary>
    public static LogGroup Create(Construct scope, string id, ChatConfig config)
    {
        var group = new LogGroup(scope, id, new LogGroupProps { RemovalPolicy = RemovalPolicy.DESTROY });
        // The number itself: the CDK has a name for each of the numbers of days that CloudWatch takes, and ChatConfigRules a list.
        ((CfnLogGroup)group.Node.DefaultChild!).RetentionInDays = config.LogRetentionDays;
        return group;
    }
}
