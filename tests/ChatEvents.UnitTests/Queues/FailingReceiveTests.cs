using System.Net;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using Microsoft.Extensions.Logging;
using static ChatEvents.Testing.RecordingSqs;

namespace ChatEvents.UnitTests.Queues;

public sealed class FailingReceiveTests : IAsyncDisposable
{
    private readonly PumpUnderTest _pump = new();

    public ValueTask DisposeAsync() => _pump.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task Receives_that_fail_pause_longer_and_longer_and_are_logged_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Sqs.OnReceive = _ => throw new HttpRequestException("Connection refused.");
        var pump = _pump.Start(cancellation);

        foreach (var pause in (double[])[0.5, 1, 2, 4, 8, 16, 30, 30])
        {
            await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(pause), cancellation);
        }

        Assert.False(pump.IsReceiving);
        Assert.Equal("Cannot receive from connections: Connection refused.", pump.WhyNotReceiving);
        Assert.Equal(LogLevel.Warning, Assert.Single(_pump.Log.Entries).Level);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_receive_that_works_again_is_logged_and_ends_the_pauses()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var isDown = true;
        _pump.Sqs.OnReceive = _ => isDown ? throw new HttpRequestException("Connection refused.") : Task.CompletedTask;
        var pump = _pump.Start(cancellation);
        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(0.5), cancellation);
        await _pump.Time.TimerAsync(TimeSpan.FromSeconds(1), cancellation);

        isDown = false;
        _pump.PutIn(MessageOf("a"));
        _pump.Time.Advance(TimeSpan.FromSeconds(1));

        await _pump.NextCallAsync();
        Assert.True(pump.IsReceiving);
        Assert.Equal("Receiving from connections.", _pump.Log.Entries[^1].Text);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_queue_that_does_not_exist_is_an_error_and_looked_for_every_half_minute()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Sqs.OnUrlLookUp = _ => throw new QueueDoesNotExistException("The specified queue does not exist.");
        var pump = _pump.Start(cancellation);

        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(30), cancellation);
        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(30), cancellation);

        var (level, text, _) = Assert.Single(_pump.Log.Entries);
        Assert.Equal(LogLevel.Error, level);
        Assert.StartsWith("Cannot receive from connections: The specified queue does not exist.", text, StringComparison.Ordinal);
        Assert.False(pump.IsReceiving);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("AccessDenied")]
    [InlineData("AccessDeniedException")]
    [InlineData("InvalidAddress")]
    [InlineData("InvalidClientTokenId")]
    [InlineData("InvalidSecurity")]
    [InlineData("KmsAccessDenied")]
    [InlineData("AWS.SimpleQueueService.MissingAuthenticationToken")]
    [InlineData("SignatureDoesNotMatch")]
    [InlineData("UnrecognizedClientException")]
    public async Task A_queue_that_the_worker_may_not_use_is_asked_again_every_half_minute(string code)
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Sqs.OnReceive = _ => throw new AmazonSQSException("No.", null, ErrorType.Sender, code, "request", HttpStatusCode.Forbidden);
        _pump.Start(cancellation);

        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(30), cancellation);
        await _pump.Time.TimerAsync(TimeSpan.FromSeconds(30), cancellation);

        Assert.Equal(LogLevel.Error, Assert.Single(_pump.Log.Entries).Level);
    }

    [Fact(Timeout = 30_000)]
    public async Task That_it_receives_is_logged_once_and_that_it_has_stopped_is_why_it_does_not()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var pump = _pump.Start(cancellation);
        await _pump.Sqs.Receives.NextAsync(cancellation);
        _pump.PutIn(MessageOf("a"));
        (await _pump.NextCallAsync()).Finish();
        await _pump.NextDeletedAsync();

        await _pump.StopAsync();

        Assert.Single(_pump.Log.Entries, entry => entry.Text == "Receiving from connections.");
        Assert.Equal((false, "Stopped receiving from connections."), (pump.IsReceiving, pump.WhyNotReceiving));
    }

    [Fact(Timeout = 30_000)]
    public async Task Stopping_ends_a_pause()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _pump.Sqs.OnReceive = _ => throw new HttpRequestException("Connection refused.");
        _pump.Start(cancellation);
        await _pump.Time.TimerAsync(TimeSpan.FromSeconds(0.5), cancellation);

        await _pump.StopAsync();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_receive_from_a_fifo_queue_whose_answer_was_lost_is_repeated_as_the_same_attempt()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fifo = new PumpUnderTest("messages.fifo");
        var isLost = true;
        fifo.Sqs.OnReceive = _ => isLost ? throw new HttpRequestException("Connection reset.") : Task.CompletedTask;
        fifo.Start(cancellation);
        var lost = await fifo.Sqs.Receives.NextAsync(cancellation);

        isLost = false;
        await fifo.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(0.5), cancellation);
        var repeated = await fifo.Sqs.Receives.NextAsync(cancellation);
        var next = await fifo.Sqs.Receives.NextAsync(cancellation);

        Assert.NotNull(lost.ReceiveRequestAttemptId);
        Assert.Equal(lost.ReceiveRequestAttemptId, repeated.ReceiveRequestAttemptId);
        Assert.NotEqual(repeated.ReceiveRequestAttemptId, next.ReceiveRequestAttemptId);
    }
}
