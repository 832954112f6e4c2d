using Amazon.SQS;
using ChatEvents.Consumers;
using ChatEvents.Contracts;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;
using static ChatEvents.UnitTests.Consumers.ConsumersUnderTest;

namespace ChatEvents.UnitTests.Consumers;

public sealed class QueueWorkerTests : IAsyncDisposable
{
    private static readonly ConnectionClosed Closed = new()
    {
        ConnectionId = "a",
        ClosedAt = new DateTimeOffset(2026, 11, 21, 11, 0, 0, TimeSpan.Zero),
        Because = ClosedBecause.Gone,
    };

    private readonly ConsumersUnderTest _host = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task A_setting_out_of_its_range_ends_the_start_with_a_sentence()
    {
        _host.With("Test:Queue:MaxInHand", "0");

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync(TestContext.Current.CancellationToken));

        Assert.Equal("Test:Queue:MaxInHand must be from 1 to 10000, but is 0.", refused.Message);
    }

    [Fact(Timeout = 30_000)]
    public async Task Settings_and_queue_names_come_from_the_configuration()
    {
        _host.With("Test:Queue:MaxInHand", "3").With("Test:Queue:VisibilityTimeout", "0:1:0").With("Queues:Connections", "mine");
        await StartAsync(TestContext.Current.CancellationToken);

        var receive = await _host.Sqs.Receives.NextAsync(Cancellation);

        Assert.EndsWith("/mine", receive.QueueUrl, StringComparison.Ordinal);
        Assert.Equal((3, 60), (receive.MaxNumberOfMessages, receive.VisibilityTimeout));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_is_ready_when_its_queue_answers()
    {
        var answer = new TaskCompletionSource();
        _host.Sqs.OnReceive = _ => answer.Task;
        await StartAsync(TestContext.Current.CancellationToken);
        await _host.Sqs.Receives.NextAsync(Cancellation);
        Assert.Equal((HealthStatus.Unhealthy, "Has not received from connections yet."), await ReadinessAsync());

        answer.SetResult();
        await _host.Sqs.Receives.NextAsync(Cancellation);
        await _host.Sqs.Receives.NextAsync(Cancellation);

        Assert.Equal((HealthStatus.Healthy, "Receiving from connections."), await ReadinessAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_whose_queue_cannot_be_reached_says_why_it_is_not_ready()
    {
        _host.Sqs.OnReceive = _ => throw new HttpRequestException("Connection refused.");
        await StartAsync(TestContext.Current.CancellationToken);
        await _host.Time.TimersAsync(1, Cancellation);

        Assert.Equal((HealthStatus.Unhealthy, "Cannot receive from connections: Connection refused."), await ReadinessAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_whose_queue_falls_silent_during_a_long_poll_says_within_seconds_that_it_is_not_ready()
    {
        await StartAsync(TestContext.Current.CancellationToken);
        await _host.Sqs.Receives.NextAsync(Cancellation);
        await _host.Sqs.Receives.NextAsync(Cancellation);
        _host.Sqs.OnAttributes = _ => new TaskCompletionSource().Task;

        var asked = ReadinessAsync();
        await _host.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(3), Cancellation);

        Assert.Equal((HealthStatus.Unhealthy, "connections does not answer within 3 s."), await asked);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_queue_that_refuses_the_question_has_answered()
    {
        await StartAsync(TestContext.Current.CancellationToken);
        await _host.Sqs.Receives.NextAsync(Cancellation);
        await _host.Sqs.Receives.NextAsync(Cancellation);
        _host.Sqs.OnAttributes = _ => throw new AmazonSQSException("Access denied.");

        Assert.Equal((HealthStatus.Healthy, "Receiving from connections."), await ReadinessAsync());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_that_is_told_to_stop_is_not_ready_and_finishes_what_it_has()
    {
        var finish = new TaskCompletionSource();
        _host.Consumed.OnConsume = _ => finish.Task;
        await StartAsync(TestContext.Current.CancellationToken);
        _host.Sqs.PutIn(MessageOf("1", Closed));
        await _host.Consumed.Closed.NextAsync(Cancellation);

        var stopped = _host.StopAsync();
        Assert.Equal((HealthStatus.Unhealthy, "Stopping; no more messages are taken."), await ReadinessAsync());
        Assert.False(stopped.IsCompleted);
        finish.SetResult();

        Assert.Equal("1-1", await _host.NextDeletedAsync());
        await stopped;
    }

    [Fact(Timeout = 30_000)]
    public async Task A_worker_lets_go_five_seconds_before_its_host_loses_patience()
    {
        _host.With("Test:Queue:VisibilityTimeout", "1:0:0");
        _host.Consumed.OnConsume = context => Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.CancellationToken);
        await StartAsync(TestContext.Current.CancellationToken);
        _host.Sqs.PutIn(MessageOf("1", Closed));
        await _host.Consumed.Closed.NextAsync(Cancellation);

        var stopped = _host.StopAsync();
        await _host.Time.TimerAsync(TimeSpan.FromSeconds(25), Cancellation);
        _host.Time.Advance(TimeSpan.FromSeconds(24.9));
        Assert.False(stopped.IsCompleted);
        _host.Time.Advance(TimeSpan.FromSeconds(0.1));

        await stopped;
        Assert.Contains(
            _host.Sqs.VisibilityChanges.All.SelectMany(request => request.Entries),
            entry => entry is { ReceiptHandle: "1-1", VisibilityTimeout: 0 });
    }

    [Fact(Timeout = 30_000)]
    public async Task One_host_can_consume_two_queues()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _host.StartAsync(
            ChatQueue.Connections, cancellation,
            services => services.AddQueueConsumers("Other:Queue", ChatQueue.Walks, typeof(ConsumersUnderTest).Assembly));

        var queues = new HashSet<string>();
        while (queues.Count < 2) queues.Add((await _host.Sqs.Receives.NextAsync(cancellation)).QueueUrl.Split('/')[^1]);

        Assert.Equal(["connections", "walks.fifo"], queues.Order());
    }

    private Task StartAsync(CancellationToken cancellation) => _host.StartAsync(ChatQueue.Connections, cancellation);

    private async Task<(HealthStatus Status, string? Why)> ReadinessAsync()
    {
        var report = await _host.Services.GetRequiredService<HealthCheckService>()
            .CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.Readiness), Cancellation);
        var entry = Assert.Single(report.Entries).Value;
        return (entry.Status, entry.Description);
    }
}
