using Amazon.CDK;
using Amazon.CDK.AWS.CloudWatch;
using ChatEvents.Deploy.Configuration;

namespace ChatEvents.Deploy.Workers;

/// <summary>
/// The CloudWatch metrics of the fan-out's meters. The collector beside a container, or a function's log, turns the meters into metrics.
/// </summary>
public sealed class PostMetrics(ChatConfig config)
{
    /// <summary>A meter with the outcome of the posts as a dimension.</summary>
    public const string ByOutcome = "chatevents.posts";

    /// <summary>The time from the gateway's receipt of a message to its last delivery.</summary>
    public const string Delivery = "chatevents.message.delivery.duration";

    /// <summary>The namespace in CloudWatch, used by this deployment only.</summary>
    public string Namespace { get; } = $"ChatEvents/{config.StackName}";

    /// <summary>Posts of all workers with an outcome: <c>delivered</c>, <c>gone</c>, <c>throttled</c>, <c>forbidden</c> ...</summary>
    public Metric Count(string outcome, Duration period) => Create(ByOutcome, "Sum", period, outcome);

    /// <summary><see cref="Delivery"/>, in seconds.</summary>
    public Metric DeliveryDuration(string statistic, Duration period) => Create(Delivery, statistic, period);

    private Metric Create(string name, string statistic, Duration period, string? outcome = null) => new(new MetricProps
    {
        Namespace = Namespace,
        MetricName = name,
        DimensionsMap = outcome is null ? null : new Dictionary<string, string> { ["outcome"] = outcome },
        Label = outcome,
        Period = period,
        Statistic = statistic,
    });
}
