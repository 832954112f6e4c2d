using ChatEvents.Queues;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Queues;

public sealed class BatcherTests
{
    private static readonly TimeSpan Linger = TimeSpan.FromMilliseconds(10);

    private readonly FakeTime _time = new();
    private readonly List<string> _calls = [];
    private readonly Queue<TaskCompletionSource> _held = new();

    [Fact(Timeout = 60_000)]
    public async Task A_lone_request_goes_at_once()
    {
        var batcher = Batcher(AnswerAllAsync);

        Assert.Equal("A", await batcher.AskAsync("a", TestContext.Current.CancellationToken));

        Assert.Equal(["a"], _calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_arrives_while_two_calls_are_under_way_goes_along_with_the_next()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var batcher = Batcher(HoldAsync);
        var answers = "abcdef".Select(c => batcher.AskAsync($"{c}", cancellation)).ToList();
        Assert.Equal(["a", "b"], _calls);

        _held.Dequeue().SetResult();
        await answers[0];
        _held.Dequeue().SetResult();
        await Patiently.UntilAsync("two more calls", () => _held.Count == 2, cancellation);

        Assert.Equal(["a", "b", "c,d,e", "f"], _calls);
        while (_held.TryDequeue(out var call)) call.SetResult();
        Assert.Equal(["A", "B", "C", "D", "E", "F"], await Task.WhenAll(answers));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_arrives_soon_after_a_call_waits_for_company()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var batcher = Batcher(AnswerAllAsync, Linger);
        await batcher.AskAsync("a", cancellation);
        _time.Advance(TimeSpan.FromMilliseconds(4));

        var company = new[] { batcher.AskAsync("b", cancellation), batcher.AskAsync("c", cancellation) };
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(6), cancellation);
        await Task.WhenAll(company);
        _time.Advance(Linger);
        await batcher.AskAsync("d", cancellation);

        Assert.Equal(["a", "b,c", "d"], _calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_always_lingers_waits_for_company_from_the_first_request_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var batcher = Batcher(AnswerAllAsync, Linger, Lingering.Always);

        var company = new[] { batcher.AskAsync("a", cancellation), batcher.AskAsync("b", cancellation) };
        await _time.AdvanceToTimerAsync(Linger, cancellation);
        await Task.WhenAll(company);

        Assert.Equal(["a,b"], _calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task Requests_that_are_made_in_one_go_share_a_call_even_without_a_linger()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var batcher = Batcher(AnswerAllAsync, TimeSpan.Zero, Lingering.Always);

        await Task.WhenAll(batcher.AskAsync("a", cancellation), batcher.AskAsync("b", cancellation));

        Assert.Equal(["a,b"], _calls);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(Lingering.AfterCall)]
    [InlineData(Lingering.Always)]
    public async Task A_full_call_waits_for_nothing(Lingering lingering)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var batcher = Batcher(AnswerAllAsync, Linger, lingering);
        var first = batcher.AskAsync("a", cancellation);
        if (lingering is Lingering.Always) await _time.AdvanceToTimerAsync(Linger, cancellation);
        await first;

        await Task.WhenAll("bcd".Select(c => batcher.AskAsync($"{c}", cancellation)));

        Assert.Equal(["a", "b,c,d"], _calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_wait_that_a_full_call_has_ended_does_not_shorten_the_next_one()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var batcher = Batcher(AnswerAllAsync, Linger);
        await batcher.AskAsync("a", cancellation);
        _time.Advance(TimeSpan.FromMilliseconds(4));
        var full = batcher.AskAsync("b", cancellation);
        await _time.TimerAsync(TimeSpan.FromMilliseconds(6), cancellation);
        await Task.WhenAll(full, batcher.AskAsync("c", cancellation), batcher.AskAsync("d", cancellation));
        _time.Advance(TimeSpan.FromMilliseconds(1));
        var waiting = batcher.AskAsync("e", cancellation);
        await _time.TimerAsync(TimeSpan.FromMilliseconds(9), cancellation);

        _time.Advance(TimeSpan.FromMilliseconds(5)); // as long as b would have waited
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(4), cancellation);
        await waiting;
        var next = batcher.AskAsync("f", cancellation);
        await _time.AdvanceToTimerAsync(Linger, cancellation);
        await next;

        Assert.Equal(["a", "b,c,d", "e", "f"], _calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_requests_with_one_key_never_share_a_call()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var batcher = Batcher(HoldAsync);
        _ = batcher.AskAsync("x", cancellation);
        _ = batcher.AskAsync("y", cancellation);
        var first = batcher.AskAsync("a1", cancellation);
        var second = batcher.AskAsync("a2", cancellation);

        _held.Dequeue().SetResult();
        await Patiently.UntilAsync("the third call", () => _held.Count == 2, cancellation);
        Assert.Equal(["x", "y", "a1"], _calls);

        _held.Dequeue().SetResult();
        await Patiently.UntilAsync("the fourth call", () => _held.Count == 2, cancellation);
        while (_held.TryDequeue(out var call)) call.SetResult();
        Assert.Equal(["A1", "A2"], await Task.WhenAll(first, second));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_that_fails_fails_what_it_has_not_answered_and_the_next_go_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var fails = true;
        var batcher = Batcher(
            requests =>
            {
                requests[0].Answer("answered");
                return fails ? throw new HttpRequestException("Connection refused") : Task.CompletedTask;
            },
            TimeSpan.Zero,
            Lingering.Always);
        var (answered, failed) = (batcher.AskAsync("a", cancellation), batcher.AskAsync("b", cancellation));
        Assert.Equal("answered", await answered);
        await Assert.ThrowsAsync<HttpRequestException>(() => failed);

        fails = false;

        Assert.Equal("answered", await batcher.AskAsync("c", cancellation));
    }

    /// <summary>Calls of three at most, two at once; the key of a request is its first letter.</summary>
    private Batcher<string, string> Batcher(
        Func<IReadOnlyList<BatchedRequest<string, string>>, Task> call, TimeSpan linger = default, Lingering when = Lingering.AfterCall) =>
        new(new(MaxPerCall: 3, CallsAtOnce: 2, linger, when), call, _time, request => request[..1]);

    private Task AnswerAllAsync(IReadOnlyList<BatchedRequest<string, string>> requests)
    {
        _calls.Add(string.Join(',', requests.Select(request => request.Request)));
        foreach (var request in requests) request.Answer(request.Request.ToUpperInvariant());
        return Task.CompletedTask;
    }

    private async Task HoldAsync(IReadOnlyList<BatchedRequest<string, string>> requests)
    {
        var hold = new TaskCompletionSource();
        _calls.Add(string.Join(',', requests.Select(request => request.Request)));
        _held.Enqueue(hold);
        await hold.Task;
        foreach (var request in requests) request.Answer(request.Request.ToUpperInvariant());
    }
}
