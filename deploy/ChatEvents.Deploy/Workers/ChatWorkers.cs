using Amazon.CDK.AWS.CloudWatch;
using Constructs;

namespace ChatEvents.Deploy.Workers;

/// <summary>Registry and fan-out, on whatever they run.</summary>
public abstract class ChatWorkers(Construct scope, string id) : Construct(scope, id)
{
    /// <summary>What the fan-out says of its posts.</summary>
    public abstract PostMetrics Posts { get; }

    /// <summary>What an operator wants to see of the workers themselves, minute by minute.</summary>
    public abstract IReadOnlyList<MetricGraph> Graphs { get; }
}

/// <summary>Some metrics in one picture.</summary>
public sealed record MetricGraph(string Title, IReadOnlyList<IMetric> Metrics);
