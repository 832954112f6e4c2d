using Amazon.SQS.Model;

namespace ChatEvents.UnitTests.Queues;

/// <summary>Whether a queue that brings nothing is empty or out of reach.</summary>
public sealed class SilentQueueTests : IAsyncDisposable
{
    private readonly PumpUnderTest _pump = new();

    public ValueTask DisposeAsync() => _pump.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task Before_the_first_answer_it_has_not_received()
    {
        var answer = new TaskCompletionSource();
        _pump.Sqs.OnReceive = _ => answer.Task;

        var pump = _pump.Start(TestContext.Current.CancellationToken);

        Assert.False(pump.IsReceiving);
        Assert.Equal("Has not received from connections yet.", pump.WhyNotReceiving);
        answer.SetResult();
    }

    [Fact(Timeout = 30_000)]
    public async Task An_answer_is_no_silence_nor_is_a_refusal()
    {
        var pump = _pump.Start(TestContext.Current.CancellationToken);
        GetQueueAttributesRequest? asked = null;
        _pump.Sqs.OnAttributes = request => Task.FromResult(asked = request);

        Assert.Null(await pump.FindSilenceAsync(TestContext.Current.CancellationToken));
        Assert.Equal("http://recording.invalid/000000000000/connections", asked!.QueueUrl);
        Assert.Equal(["QueueArn"], asked.AttributeNames);

        _pump.Sqs.OnAttributes = _ => throw new QueueDoesNotExistException("There is none.");
        Assert.Null(await pump.FindSilenceAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 30_000)]
    public async Task No_answer_within_three_seconds_is_silence()
    {
        var pump = _pump.Start(TestContext.Current.CancellationToken);
        _pump.Sqs.OnAttributes = _ => new TaskCompletionSource().Task;

        var asking = pump.FindSilenceAsync(TestContext.Current.CancellationToken);
        await _pump.Time.AdvanceToTimerAsync(TimeSpan.FromSeconds(3), TestContext.Current.CancellationToken);

        Assert.Equal("connections does not answer within 3 s.", await asking);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_connection_that_fails_is_told_with_its_reason()
    {
        var pump = _pump.Start(TestContext.Current.CancellationToken);
        _pump.Sqs.OnAttributes = _ => throw new HttpRequestException("Connection refused.");

        Assert.Equal("Cannot reach connections: Connection refused.", await pump.FindSilenceAsync(TestContext.Current.CancellationToken));
    }

    [Fact(Timeout = 30_000)]
    public async Task Somebody_who_asks_no_longer_gets_no_sentence()
    {
        var pump = _pump.Start(TestContext.Current.CancellationToken);
        _pump.Sqs.OnAttributes = _ => new TaskCompletionSource().Task;
        using var leaving = new CancellationTokenSource();
        var asking = pump.FindSilenceAsync(leaving.Token);

        await leaving.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
    }
}
