using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.Events;
using Amazon.CDK.AWS.Events.Targets;
using Amazon.CDK.AWS.SNS;
using Constructs;

namespace ChatEvents.Deploy.Operations;

/// <summary>
/// Reports each task that ended by itself, with ECS's reason, which is lost an hour later. Tasks that a deployment or scaling stopped are
/// not reported.
/// </summary>
public sealed class StoppedTasks : Construct
{
    private readonly Rule _rule;

    public StoppedTasks(Construct scope, string id, Cluster cluster, Topic topic)
        : base(scope, id)
    {
        _rule = new Rule(this, "Rule", new RuleProps
        {
            Description = "Chat workers that ended by themselves",
            EventPattern = new EventPattern
            {
                Source = ["aws.ecs"],
                DetailType = ["ECS Task State Change"],
                Detail = new Dictionary<string, object>
                {
                    ["clusterArn"] = Match.ExactString(cluster.ClusterArn),
                    ["lastStatus"] = Match.ExactString("STOPPED"),
                    ["stopCode"] = Match.AnyOf("EssentialContainerExited", "TaskFailedToStart"),
                },
            },
            Targets =
            [
                new SnsTopic(topic, new SnsTopicProps
                {
                    Message = RuleTargetInput.FromText(
                        $"{EventField.FromPath("$.detail.group")} lost a task: {EventField.FromPath("$.detail.stoppedReason")} "
                        + $"({EventField.FromPath("$.detail.taskArn")})"),
                }),
            ],
        });
    }

    /// <summary>The number of tasks that ended by themselves.</summary>
    public Metric Metric(MetricOptions options) => new(new MetricProps
    {
        Namespace = "AWS/Events",
        MetricName = "Invocations",
        DimensionsMap = new Dictionary<string, string> { ["RuleName"] = _rule.RuleName },
        Period = options.Period,
        Statistic = options.Statistic,
    });
}
