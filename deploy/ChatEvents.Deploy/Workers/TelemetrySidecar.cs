using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy.Workers;

/// <summary>
/// An OpenTelemetry collector beside each worker. It writes the workers' meters to a log group in the embedded metric format, from which
/// CloudWatch makes metrics. The workers' meters reach CloudWatch in no other way.
/// </summary>
public sealed class TelemetrySidecar : Construct
{
    /// <summary>AWS's build of the collector.</summary>
    private const string Image = "public.ecr.aws/aws-observability/aws-otel-collector:v0.39.0";

    // Each combination of a name and an outcome is a metric that costs money: only these are kept.
    private static readonly string[] Plain = [PostMetrics.Delivery, "chatevents.message.undelivered", "chatevents.rate"];

    private readonly LogGroup _logs;
    private readonly PostMetrics _metrics;

    public TelemetrySidecar(Construct scope, string id, ChatConfig config, PostMetrics metrics)
        : base(scope, id)
    {
        _metrics = metrics;
        _logs = LogGroups.Create(this, "Metrics", config);
    }

    public void AddTo(FargateTaskDefinition task, LogGroup workerLogs)
    {
        _logs.GrantWrite(task.TaskRole);
        var privileges = new LinuxParameters(task, "TelemetryPrivileges");
        privileges.DropCapabilities(Capability.ALL);
        task.AddContainer("telemetry", new ContainerDefinitionOptions
        {
            Image = ContainerImage.FromRegistry(Image),
            Environment = new Dictionary<string, string> { ["AOT_CONFIG_CONTENT"] = Configuration() },
            // A worker continues without its meters.
            Essential = false,
            LinuxParameters = privileges,
            Logging = LogDriver.AwsLogs(new AwsLogDriverProps { LogGroup = workerLogs, StreamPrefix = "telemetry" }),
            MemoryReservationMiB = 64,
            ReadonlyRootFilesystem = true,
        });
    }

    private string Configuration() => $$"""
        receivers:
          otlp:
            protocols:
              grpc: { endpoint: "127.0.0.1:4317" }
        exporters:
          awsemf:
            namespace: {{_metrics.Namespace}}
            log_group_name: {{_logs.LogGroupName}}
            log_stream_name: "{TaskId}"
            dimension_rollup_option: NoDimensionRollup
            metric_declarations:
              - dimensions: [[outcome]]
                metric_name_selectors: ["^{{Pattern(PostMetrics.ByOutcome)}}$"]
              - dimensions: [[]]
                metric_name_selectors: ["^({{string.Join('|', Plain.Select(Pattern))}})$"]
        service:
          pipelines:
            metrics: { receivers: [otlp], exporters: [awsemf] }
        """;

    // Escapes the dots of a name. The backslash is doubled because the pattern is in a quoted YAML string.
    private static string Pattern(string name) => name.Replace(".", @"\\.", StringComparison.Ordinal);
}
