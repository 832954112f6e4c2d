using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.Events;
using Amazon.CDK.AWS.SNS;
using Constructs;

namespace ChatEvents.Deploy.Operations;

/// <summary>
/// Reports each task that ended by itself, with ECS's reason, which is lost an hour later. Tasks that a deployment or scaling stopped are
/// not reported.
/// </summary>
public sealed class StoppedTasks : Construct
{
    private readonly CfnRule _rule;

    /// <param name="scope">Where it belongs.</param>
    /// <param name="id">In that scope.</param>
    /// <param name="cluster">Whose tasks are meant.</param>
    /// <param name="topic">Is told; its policy must let the rule publish.</param>
    public StoppedTasks(Construct scope, string id, Cluster cluster, Topic topic)
        : base(scope, id)
    {
        // Not the CDK's own target: it would let every rule of every account publish.
        _rule = new CfnRule(this, "Rule", new CfnRuleProps
        {
            Description = "Chat workers that ended by themselves",
            EventPattern = new Dictionary<string, object>
            {
                ["source"] = (string[])["aws.ecs"],
                ["detail-type"] = (string[])["ECS Task State Change"],
                ["detail"] = new Dictionary<string, object>
                {
                    ["clusterArn"] = (string[])[cluster.ClusterArn],
                    ["lastStatus"] = (string[])["STOPPED"],
                    ["stopCode"] = (string[])["EssentialContainerExited", "TaskFailedToStart"],
                },
            },
            Targets = new CfnRule.TargetProperty[]
            {
                new()
                {
                    Id = "Topic",
                    Arn = topic.TopicArn,
                    InputTransformer = new CfnRule.InputTransformerProperty
                    {
                        InputPathsMap = new Dictionary<string, string>
                        {
                            ["group"] = "$.detail.group",
                            ["reason"] = "$.detail.stoppedReason",
                            ["task"] = "$.detail.taskArn",
                        },
                        InputTemplate = "\"<group> lost a task: <reason> (<task>)\"",
                    },
                },
            },
        });
    }

    public string RuleArn => _rule.AttrArn;

    /// <summary>The number of tasks that ended by themselves.</summary>
    public Metric Metric(MetricOptions options) => new(new MetricProps
    {
        Namespace = "AWS/Events",
        MetricName = "Invocations",
        DimensionsMap = new Dictionary<string, string> { ["RuleName"] = _rule.Ref },
        Period = options.Period,
        Statistic = options.Statistic,
    });
}
