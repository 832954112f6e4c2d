using Amazon.CDK.AWS.ECS;
using Amazon.CDK.AWS.IAM;
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
    /// <summary>AWS's build of the collector, for both processors.</summary>
    private const string Image =
        "public.ecr.aws/aws-observability/aws-otel-collector:v0.50.0@sha256:7968fb60db6a2390a47ba6a2df029745638486e285c9b2487da1b722d0855a3e";

    private readonly bool _tracing;
    private readonly LogGroup _logs;
    private readonly PostMetrics _metrics;

    public TelemetrySidecar(Construct scope, string id, ChatConfig config, PostMetrics metrics)
        : base(scope, id)
    {
        (_tracing, _metrics) = (config.Tracing, metrics);
        _logs = LogGroups.Create(this, "Metrics", config);
    }

    /// <summary>Which traces a worker records: those that Lambda chose to record when the client's message came, or none.</summary>
    public string Sampler => _tracing ? "parentbased_always_off" : "always_off";

    public void AddTo(FargateTaskDefinition task, LogGroup workerLogs)
    {
        _logs.GrantWrite(task.TaskRole);
        if (_tracing)
        {
            // X-Ray has no resources that a statement could name.
            task.AddToTaskRolePolicy(new PolicyStatement(new PolicyStatementProps { Actions = ["xray:PutTraceSegments"], Resources = ["*"] }));
        }

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
        processors:
          # Knows the task's id, for the name of the log stream.
          resourcedetection: { detectors: [ecs] }
        exporters:
          awsxray: {}
          awsemf:
            namespace: {{_metrics.Namespace}}
            log_group_name: {{_logs.LogGroupName}}
            log_stream_name: "{TaskId}"
            dimension_rollup_option: NoDimensionRollup
            metric_declarations:
              - dimensions: [[outcome]]
                metric_name_selectors: ["^{{Pattern(PostMetrics.ByOutcome)}}$"]
              - dimensions: [[]]
                metric_name_selectors: ["^({{string.Join('|', PostMetrics.Plain.Select(Pattern))}})$"]
        service:
          pipelines:
            metrics: { receivers: [otlp], processors: [resourcedetection], exporters: [awsemf] }
            {{(_tracing ? "traces: { receivers: [otlp], processors: [resourcedetection], exporters: [awsxray] }" : "")}}
        """;

    // Escapes the dots of a name. The backslash is doubled because the pattern is in a quoted YAML string.
    private static string Pattern(string name) => name.Replace(".", @"\\.", StringComparison.Ordinal);
}
