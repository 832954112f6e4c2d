using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Text;
using ChatEvents.Consumers;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace ChatEvents.UnitTests.Consumers;

/// <summary>What a collector gets from a worker that is told of one.</summary>
public sealed class TelemetryExportTests : IAsyncDisposable
{
    private readonly Recorded<(string Path, string Body)> _received = new();
    private readonly WebApplication _collector;

    public TelemetryExportTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _collector = builder.Build();
        _collector.MapPost("/{**path}", async (HttpRequest request, string path) =>
        {
            // Protocol buffers; the names in it can be read all the same.
            using var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            _received.Add((path, Encoding.Latin1.GetString(body.ToArray())));
        });
    }

    public ValueTask DisposeAsync() => _collector.DisposeAsync();

    [Fact(Timeout = 60_000)]
    public async Task What_was_counted_until_the_worker_has_stopped_reaches_the_collector_under_its_name()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _collector.StartAsync(cancellation);
        using var meter = new Meter("ChatEvents.UnitTests");
        using var others = new Meter("Somebody.Else");
        await using (var worker = Build($"--OTEL_EXPORTER_OTLP_ENDPOINT={_collector.Urls.Single()}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf"))
        {
            await worker.StartAsync(cancellation);
            meter.CreateCounter<long>("counted.by.us").Add(1);
            others.CreateCounter<long>("counted.by.others").Add(1);
            await worker.StopAsync(cancellation);
            meter.CreateCounter<long>("counted.while.stopping").Add(1);
        }

        var metrics = string.Concat(_received.All.Where(request => request.Path == "v1/metrics").Select(request => request.Body));
        Assert.Contains("counted.by.us", metrics, StringComparison.Ordinal);
        Assert.Contains("counted.while.stopping", metrics, StringComparison.Ordinal);
        Assert.Contains(typeof(TelemetryExportTests).Assembly.GetName().Name!, metrics, StringComparison.Ordinal);
        Assert.DoesNotContain("counted.by.others", metrics, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Traces_of_our_own_sources_reach_the_collector_unless_they_are_switched_off()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const string Span = "of this test"; // workers of other tests have their own sources in this process
        await _collector.StartAsync(cancellation);
        using var source = new ActivitySource("ChatEvents.UnitTests");

        Assert.True(await IsTracedAsync());
        Assert.False(await IsTracedAsync("--OTEL_TRACES_SAMPLER=always_off"));

        async Task<bool> IsTracedAsync(params string[] args)
        {
            var before = Traces().Count();
            await using (var worker = Build(
                [$"--OTEL_EXPORTER_OTLP_ENDPOINT={_collector.Urls.Single()}", "--OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf", .. args]))
            {
                await worker.StartAsync(cancellation);
                source.StartActivity(Span)?.Dispose();
                await worker.StopAsync(cancellation);
            }

            return Traces().Count() > before;
        }

        IEnumerable<string> Traces() =>
            _received.All.Where(request => request.Path == "v1/traces" && request.Body.Contains(Span, StringComparison.Ordinal)).Select(request => request.Body);
    }

    [Theory]
    [InlineData]
    [InlineData("--OTEL_EXPORTER_OTLP_ENDPOINT=")]
    public async Task Without_a_collector_nothing_is_measured(params string[] args)
    {
        await using var worker = Build(args);

        Assert.Null(worker.Services.GetService<MeterProvider>());
        Assert.Null(worker.Services.GetService<TracerProvider>());
    }

    private static WebApplication Build(params string[] args)
    {
        var builder = WorkerHost.CreateBuilder(args, healthPort: 0);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder.Build();
    }
}
