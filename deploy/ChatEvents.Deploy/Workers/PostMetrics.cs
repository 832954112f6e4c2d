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

    /// <summary>Connections that stayed without a message after all retries.</summary>
    public const string UndeliveredMessages = "chatevents.message.undelivered";

    /// <summary>The values of the dimension of <see cref="ByOutcome"/>.</summary>
    public static readonly IReadOnlyList<string> Outcomes = ["delivered", "gone", "throttled", "toolarge", "forbidden", "failed"];

    /// <summary>The meters that are kept without a dimension. Each combination of a name and an outcome is a metric that costs money.</summary>
    public static readonly IReadOnlyList<string> Plain = [Delivery, Reachable, UndeliveredMessages, "chatevents.rate"];

    /// <summary>1, or 0 while a worker gets no answer to any post. Only containers report it.</summary>
    public const string Reachable = "chatevents.gateway.reachable";

    /// <summary>The namespace in CloudWatch, used by this deployment only.</summary>
    public string Namespace { get; } = $"ChatEvents/{config.StackName}";

    /// <summary>Posts of all workers with an outcome: <c>delivered</c>, <c>gone</c>, <c>throttled</c>, <c>forbidden</c> ...</summary>
    public Metric Count(string outcome, Duration period) => Create(ByOutcome, "Sum", period, outcome);

    /// <summary><see cref="Delivery"/>, in seconds.</summary>
    public Metric DeliveryDuration(string statistic, Duration period) => Create(Delivery, statistic, period);

    /// <summary><see cref="UndeliveredMessages"/>.</summary>
    public Metric Undelivered(Duration period) => Create(UndeliveredMessages, "Sum", period);

    /// <summary>The least of <see cref="Reachable"/> among all workers.</summary>
    public Metric LeastReachable(Duration period) => Create(Reachable, "Minimum", period);

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
