using ChatEvents.Consumers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.Consumers;

/// <summary>What a container's health check runs: its exit code is all that ECS and compose look at.</summary>
public sealed class HealthProbeTests : IAsyncDisposable
{
    private readonly StringWriter _error = new();
    private readonly WebApplication _worker;
    private int _status = StatusCodes.Status200OK;

    public HealthProbeTests()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _worker = builder.Build();
        _worker.MapGet("/health/container", () => Results.Text("Cannot receive from messages.fifo: Connection refused.", statusCode: _status));
    }

    private int Port => new Uri(_worker.Urls.Single()).Port;

    public async ValueTask DisposeAsync()
    {
        await _worker.DisposeAsync();
        await _error.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_is_ready_is_well()
    {
        await _worker.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, await HealthProbe.AskAsync(Port, httpPorts: null, _error));
        Assert.Equal("", _error.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_is_not_ready_is_not_well_and_its_reason_is_told()
    {
        await _worker.StartAsync(TestContext.Current.CancellationToken);
        _status = StatusCodes.Status503ServiceUnavailable;

        Assert.Equal(1, await HealthProbe.AskAsync(Port, httpPorts: "", _error));
        Assert.Equal($"Cannot receive from messages.fifo: Connection refused.{Environment.NewLine}", _error.ToString());
    }

    [Fact(Timeout = 60_000)]
    public async Task The_first_of_the_ports_that_the_worker_was_given_is_asked()
    {
        await _worker.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(0, await HealthProbe.AskAsync(healthPort: 1, $"{Port};1", _error));
    }

    [Fact(Timeout = 60_000)]
    public async Task Nobody_there_is_not_well()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _worker.StartAsync(cancellation);
        var port = Port;
        await _worker.StopAsync(cancellation);

        Assert.Equal(1, await HealthProbe.AskAsync(port, httpPorts: null, _error));
        Assert.StartsWith($"No answer at port {port}: ", _error.ToString(), StringComparison.Ordinal);
    }
}
