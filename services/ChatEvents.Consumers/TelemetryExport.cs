using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ChatEvents.Consumers;

/// <summary>
/// Sends meters and traces to an OpenTelemetry collector, where OTEL_EXPORTER_OTLP_ENDPOINT names one. Everything else about it is set by
/// OpenTelemetry's own variables, such as OTEL_METRIC_EXPORT_INTERVAL and OTEL_TRACES_SAMPLER. Without that variable nothing is measured
/// for export, and nothing is paid.
/// </summary>
internal static class TelemetryExport
{
    // Meters and activity sources of all our projects are named after them.
    private const string Ours = "ChatEvents.*";

    // OpenTelemetry's default buckets are made for milliseconds, and ours are seconds: a post takes 10 ms, a walk over a large room a
    // minute.
    private static readonly ExplicitBucketHistogramConfiguration Seconds = new()
    {
        Boundaries = [0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 60, 300],
    };

    /// <param name="services">Services of a worker.</param>
    /// <param name="service">Name of the worker.</param>
    /// <param name="configuration">Has the variables. OpenTelemetry reads its own from it, too.</param>
    public static void AddTo(IServiceCollection services, string service, IConfiguration configuration)
    {
        if (string.IsNullOrEmpty(configuration["OTEL_EXPORTER_OTLP_ENDPOINT"])) return;
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService(service))
            .WithMetrics(meters => meters
                .AddMeter(Ours, "System.Runtime")
                .AddView(instrument => instrument.Unit == "s" ? Seconds : null)
                .AddOtlpExporter())
            .WithTracing(traces => traces.AddSource(Ours).AddOtlpExporter());
    }
}
