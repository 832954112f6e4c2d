using ChatEvents.Queues;

namespace ChatEvents.UnitTests.Queues;

public sealed class QueueGateTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public void A_gate_is_open_and_knows_of_no_trouble()
    {
        var gate = new QueueGate();

        Assert.True(gate.IsOpen);
        Assert.Null(gate.Trouble);
        Assert.True(gate.WaitUntilOpenAsync(Cancellation).IsCompletedSuccessfully);
    }

    [Fact(Timeout = 30_000)]
    public async Task All_that_wait_go_on_when_it_opens_however_often_it_was_closed()
    {
        var gate = new QueueGate();
        gate.Set("The gateway is out of reach.", isClosed: true);
        var waiting = gate.WaitUntilOpenAsync(TestContext.Current.CancellationToken);

        gate.Set("It still is.", isClosed: true);
        Assert.False(gate.IsOpen);
        Assert.Equal("It still is.", gate.Trouble);
        Assert.False(waiting.IsCompleted);

        gate.Set(trouble: null, isClosed: false);
        await waiting;
        Assert.True(gate.IsOpen);
        Assert.Null(gate.Trouble);
        Assert.True(gate.WaitUntilOpenAsync(TestContext.Current.CancellationToken).IsCompletedSuccessfully);
    }

    [Fact(Timeout = 30_000)]
    public async Task Stopping_ends_the_wait()
    {
        var gate = new QueueGate();
        gate.Set("The gateway is out of reach.", isClosed: true);
        using var stopping = new CancellationTokenSource();
        var waiting = gate.WaitUntilOpenAsync(stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.WaitAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public void An_open_gate_can_be_troubled()
    {
        var gate = new QueueGate();
        gate.Set("Some posts fail.", isClosed: false);

        Assert.True(gate.IsOpen);
        Assert.Equal("Some posts fail.", gate.Trouble);
    }
}
