using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.Logs;
using Constructs;

namespace ChatEvents.Deploy.Workers;

/// <summary>Registry and fan-out, as containers or functions.</summary>
public abstract class ChatWorkers(Construct scope, string id) : Construct(scope, id)
{
    /// <summary>The fan-out's metrics of its posts.</summary>
    public abstract PostMetrics Posts { get; }

    /// <summary>The workers' graphs on the dashboard.</summary>
    public abstract IReadOnlyList<MetricGraph> Graphs { get; }

    /// <summary>The log groups that they write to.</summary>
    public abstract IReadOnlyList<ILogGroup> Logs { get; }
}

/// <summary>Some metrics in one graph.</summary>
public sealed record MetricGraph(string Title, IReadOnlyList<IMetric> Metrics);
