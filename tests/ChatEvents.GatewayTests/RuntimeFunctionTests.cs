using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

public sealed class RuntimeFunctionTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly FakeTime _time = new();

    [Fact(Timeout = 60_000)]
    public async Task An_event_that_was_put_back_has_all_the_time_again_in_the_environment_that_takes_it_next()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var function = NewFunction();
        var result = function.InvokeAsync([], cancellation);
        var lost = await function.TakeAsync(null, cancellation);
        _time.Advance(Timeout / 2);
        function.PutBack(lost);

        var taken = await function.TakeAsync(null, cancellation);

        Assert.Same(lost, taken);
        Assert.Equal([Timeout], _time.ArmedTimers);
        _time.Advance(Timeout);
        Assert.Equal("Sandbox.Timedout", (await result).Error?.Type);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answered_event_leaves_no_timer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var function = NewFunction();
        var result = function.InvokeAsync([], cancellation);
        var taken = await function.TakeAsync(null, cancellation);

        Assert.True(function.TryEnd(taken.RequestId, new InvocationResult(InvocationOutcome.Returned, default)));

        Assert.Equal(InvocationOutcome.Returned, (await result).Outcome);
        Assert.Empty(_time.ArmedTimers);
    }

    private RuntimeFunction NewFunction() => new("default", "arn", Timeout, false, new Ids(length => new byte[length]), _time);
}
