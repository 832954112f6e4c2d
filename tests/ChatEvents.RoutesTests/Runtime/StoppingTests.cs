using Amazon.Lambda.Core;
using Amazon.Lambda.RuntimeSupport;
using Amazon.Lambda.Serialization.SystemTextJson;
using ChatEvents.Routes;
using ChatEvents.RoutesTests.Servers;

namespace ChatEvents.RoutesTests.Runtime;

/// <summary>How a route function stops, whatever the runtime's own loop does with a call in hand.</summary>
public sealed class StoppingTests : IAsyncLifetime
{
    private readonly CancellationTokenSource _stopping =
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

    private RuntimeApiServer _lambda = null!;

    public async ValueTask InitializeAsync() => _lambda = await RuntimeApiServer.StartNewAsync();

    public async ValueTask DisposeAsync()
    {
        await _lambda.DisposeAsync();
        _stopping.Dispose();
    }

    [Theory(Timeout = 30_000)]
    [InlineData(false, "\"Hello Ann\"", null)]
    [InlineData(true, null, "InvalidOperationException")]
    public async Task A_call_in_hand_is_answered(bool fails, string? body, string? error)
    {
        var running = RunAsync(async name =>
        {
            await _stopping.CancelAsync();
            return fails ? throw new InvalidOperationException("Not today.") : $"Hello {name}";
        });

        var answer = await _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);

        Assert.Equal(body, fails ? null : answer.Body);
        Assert.Equal(error, answer.Error?.Type);
        await running;
    }

    [Fact(Timeout = 30_000)]
    public async Task The_wait_for_a_call_ends()
    {
        var running = RunAsync(Task.FromResult);
        await _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);
        await _lambda.Asked.WaitAsync(TestContext.Current.CancellationToken);

        await _stopping.CancelAsync();

        await running;
    }

    [Fact(Timeout = 30_000)]
    public async Task A_function_that_is_stopped_before_it_begins_takes_no_call()
    {
        await _stopping.CancelAsync();
        var invoking = _lambda.InvokeAsync("\"Ann\"", TestContext.Current.CancellationToken);

        await RunAsync(Task.FromResult);

        Assert.False(invoking.IsCompleted);
    }

    private Task RunAsync(Func<string, Task<string>> handler) => RuntimeLoop.RunAsync(
        LambdaBootstrapBuilder.Create((string name, ILambdaContext _) => handler(name), new DefaultLambdaJsonSerializer()),
        _lambda.Endpoint,
        _stopping.Token);
}
