using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.Runtime;
using ChatEvents.ConnectionRegistry.Batching;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Registry;

public sealed class CallBatcherTests
{
    private readonly FakeTime _time = new();
    private readonly List<string> _calls = [];
    private readonly Queue<TaskCompletionSource> _held = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_lone_request_goes_at_once()
    {
        var batcher = Batcher(AnswerAllAsync);

        Assert.Equal("A", await batcher.AskAsync("a", "A", Cancellation));

        Assert.Equal(["a"], _calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_arrives_while_two_calls_are_under_way_goes_along_with_the_next()
    {
        var batcher = Batcher(HoldAsync);
        var answers = "abcdef".Select(c => batcher.AskAsync($"{c}", $"{char.ToUpperInvariant(c)}", Cancellation)).ToList();
        Assert.Equal(["a", "b"], _calls);

        _held.Dequeue().SetResult();
        await answers[0];
        _held.Dequeue().SetResult();
        await Patiently.UntilAsync("two more calls", () => _held.Count == 2, Cancellation);

        Assert.Equal(["a", "b", "c,d,e", "f"], _calls);
        while (_held.TryDequeue(out var call)) call.SetResult();
        Assert.Equal(["A", "B", "C", "D", "E", "F"], await Task.WhenAll(answers));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_arrives_soon_after_a_call_waits_for_company()
    {
        var batcher = Batcher(AnswerAllAsync, linger: TimeSpan.FromMilliseconds(10));
        await batcher.AskAsync("a", "A", Cancellation);
        _time.Advance(TimeSpan.FromMilliseconds(4));

        var company = new[] { batcher.AskAsync("b", "B", Cancellation), batcher.AskAsync("c", "C", Cancellation) };
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(6), Cancellation);
        await Task.WhenAll(company);
        _time.Advance(TimeSpan.FromMilliseconds(10));
        await batcher.AskAsync("d", "D", Cancellation);

        Assert.Equal(["a", "b,c", "d"], _calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_full_call_waits_for_nothing()
    {
        var batcher = Batcher(AnswerAllAsync, linger: TimeSpan.FromMilliseconds(10));
        await batcher.AskAsync("a", "A", Cancellation);

        await Task.WhenAll("bcd".Select(c => batcher.AskAsync($"{c}", $"{c}", Cancellation)));

        Assert.Equal(["a", "b,c,d"], _calls);
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_requests_with_one_key_never_share_a_call()
    {
        var batcher = Batcher(HoldAsync);
        _ = batcher.AskAsync("x", "X", Cancellation);
        _ = batcher.AskAsync("y", "Y", Cancellation);
        var first = batcher.AskAsync("a", "1", Cancellation);
        var second = batcher.AskAsync("a", "2", Cancellation);

        _held.Dequeue().SetResult();
        await Patiently.UntilAsync("the third call", () => _held.Count == 2, Cancellation);
        Assert.Equal(["x", "y", "a"], _calls);

        _held.Dequeue().SetResult();
        await Patiently.UntilAsync("the fourth call", () => _held.Count == 2, Cancellation);
        while (_held.TryDequeue(out var call)) call.SetResult();
        Assert.Equal(["1", "2"], await Task.WhenAll(first, second));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_left_unprocessed_is_asked_for_again_after_a_growing_pause()
    {
        var refusals = 2;
        var batcher = Batcher(requests => refusals-- > 0 ? Task.FromResult(None) : AnswerAllAsync(requests));

        var answer = batcher.AskAsync("a", "A", Cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(25), Cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(50), Cancellation);

        Assert.Equal("A", await answer);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_stays_unprocessed_fails_as_throttled()
    {
        var batcher = Batcher(_ => Task.FromResult(None));

        var answer = batcher.AskAsync("a", "A", Cancellation);
        for (var pause = 0; pause < 7; pause++) await _time.AdvanceToNextTimerAsync(Cancellation);

        await Assert.ThrowsAsync<ProvisionedThroughputExceededException>(() => answer);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_request_that_is_invalid_fails_alone()
    {
        var batcher = Batcher(requests => requests.ContainsKey("bad") ? throw Invalid() : HoldAsync(requests));
        _ = batcher.AskAsync("x", "X", Cancellation);
        _ = batcher.AskAsync("y", "Y", Cancellation);
        var good = batcher.AskAsync("good", "G", Cancellation);
        var bad = batcher.AskAsync("bad", "B", Cancellation);

        _held.Dequeue().SetResult();
        await Assert.ThrowsAsync<AmazonDynamoDBException>(async () =>
        {
            await Patiently.UntilAsync("the good one alone", () => _calls.Contains("good"), Cancellation);
            while (_held.TryDequeue(out var call)) call.SetResult();
            await bad;
        });

        Assert.Equal("G", await good);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_call_that_fails_fails_all_of_its_requests_and_the_next_go_on()
    {
        var fails = true;
        var batcher = Batcher(requests => fails ? throw new HttpRequestException("Connection refused") : AnswerAllAsync(requests));
        await Assert.ThrowsAsync<HttpRequestException>(() => batcher.AskAsync("a", "A", Cancellation));

        fails = false;

        Assert.Equal("B", await batcher.AskAsync("b", "B", Cancellation));
    }

    private static IReadOnlyDictionary<string, string> None => new Dictionary<string, string>();

    private static AmazonDynamoDBException Invalid() => new(
        "One or more parameter values were invalid", ErrorType.Sender, "ValidationException", "request-1", System.Net.HttpStatusCode.BadRequest);

    private CallBatcher<string, string> Batcher(BatchCall<string, string> call, TimeSpan linger = default) =>
        new(maxPerCall: 3, call, linger, _time, () => 0);

    private Task<IReadOnlyDictionary<string, string>> AnswerAllAsync(IReadOnlyDictionary<string, string> requests)
    {
        _calls.Add(string.Join(',', requests.Keys));
        return Task.FromResult(requests);
    }

    private async Task<IReadOnlyDictionary<string, string>> HoldAsync(IReadOnlyDictionary<string, string> requests)
    {
        var hold = new TaskCompletionSource();
        _calls.Add(string.Join(',', requests.Keys));
        _held.Enqueue(hold);
        await hold.Task;
        return requests;
    }
}
