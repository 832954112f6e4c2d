using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using ChatEvents.UnitTests.FanOut;
using Microsoft.Extensions.DependencyInjection;
using static ChatEvents.UnitTests.WorkerFunctions.FunctionUnderTest;

namespace ChatEvents.UnitTests.WorkerFunctions;

/// <summary>The answer to a batch ends the invocation, and nothing may be under way or be held in memory only by then.</summary>
public sealed class FanOutFunctionTests : IDisposable
{
    private const string AllDone = """{"batchItemFailures":[]}""";

    private readonly RoomsInMemory _rooms = new();
    private readonly RecordingGateway _gateway = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _rooms.Dispose();

    [Fact(Timeout = 60_000)]
    public async Task Messages_of_a_batch_reach_their_rooms_in_order()
    {
        await using var function = await StartFunctionAsync(TestContext.Current.CancellationToken);
        _rooms.Add("blue", "a=", function.Time.GetUtcNow().AddHours(-1));
        _rooms.Add("red", "b=", function.Time.GetUtcNow().AddHours(-1));

        var answer = await function.InvokeAsync(
            RecordOf(function, "1", "blue"), RecordOf(function, "2", "red"), RecordOf(function, "3", "blue"));

        Assert.Equal(AllDone, answer);
        Assert.Equal(["Echo: 1", "Echo: 3"], _gateway.DeliveredTo("a="));
        Assert.Equal(["Echo: 2"], _gateway.DeliveredTo("b="));
    }

    [Fact(Timeout = 60_000)]
    public async Task Those_who_are_late_are_owed_the_message_when_a_batch_is_answered_and_have_it_when_theirs_is()
    {
        await using var function = await StartFunctionAsync(TestContext.Current.CancellationToken);
        _rooms.Add("blue", "new=", function.Time.GetUtcNow().AddSeconds(-1));
        var isBorn = false;
        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(isBorn ? HttpStatusCode.OK : HttpStatusCode.Gone);

        Assert.Equal(AllDone, await function.InvokeAsync(RecordOf(function, "1", "blue")));
        Assert.Equal(1, _rooms.OwedIn("blue"));
        var answering = function.InvokeAsync(await LateRecordOfAsync(function));
        await AdvanceToRetryAsync(function.Time);
        await UntilAnsweredAsync(posts: 2); // only then: the answer to it is to be the old one
        Assert.False(answering.IsCompleted);
        isBorn = true;
        await AdvanceToRetryAsync(function.Time);

        Assert.Equal(AllDone, await answering);
        Assert.Equal(["Echo: 1"], _gateway.DeliveredTo("new="));
        Assert.Equal(0, _rooms.OwedIn("blue"));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_is_not_answered_before_a_newcomer_has_what_it_missed()
    {
        await using var function = await StartFunctionAsync(TestContext.Current.CancellationToken);
        var now = function.Time.GetUtcNow();
        await function.InvokeAsync(RecordOf(function, "1", "blue"));
        var isUp = false;
        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(isUp ? HttpStatusCode.OK : HttpStatusCode.BadGateway);

        var answering = function.InvokeAsync(Record("2", new MessagesMissed
        {
            ConnectionId = "new=",
            ConnectedAt = now,
            CallbackEndpoint = "https://ws.example.com/prod",
            Room = "blue",
            Since = now,
        }));
        await UntilAnsweredAsync(posts: 1);
        Assert.False(answering.IsCompleted);
        isUp = true;
        await AdvanceToRetryAsync(function.Time);

        Assert.Equal(AllDone, await answering);
        Assert.Equal(["Echo: 1"], _gateway.DeliveredTo("new="));
    }

    [Fact(Timeout = 60_000)]
    public async Task When_time_is_over_a_late_delivery_goes_back_and_only_that_is_posted_by_its_next_receive()
    {
        var cancellation = TestContext.Current.CancellationToken;
        MessagesDelayed delayed;
        await using (var first = await StartFunctionAsync(cancellation, options => options.ParkedFor = TimeSpan.FromMinutes(10)))
        {
            _rooms.Add("blue", "reads=", first.Time.GetUtcNow().AddHours(-1));
            _rooms.Add("blue", "slow=", first.Time.GetUtcNow().AddHours(-1));
            _gateway.OnRequest = (post, _) =>
                RecordingGateway.Answer(post.ConnectionId == "slow=" ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK);
            Assert.Equal(AllDone, await first.InvokeAsync(RecordOf(first, "1", "blue")));

            delayed = await DelayedAsync(first);
            var answering = first.InvokeAsync(Record("late", delayed));
            await UntilRetryAsync(first.Time);
            await first.Time.AdvanceToTimerAsync(FunctionUnderTest.Timeout - TimeSpan.FromSeconds(10), cancellation);

            Assert.Equal("""{"batchItemFailures":[{"itemIdentifier":"late"}]}""", await answering);
            var returned = Assert.Single((await first.Sqs.VisibilityChanges.NextAsync(cancellation)).Entries);
            Assert.Equal(("late-1", 0), (returned.ReceiptHandle, returned.VisibilityTimeout));
        }

        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.OK);
        await using var next = await StartFunctionAsync(cancellation);

        var again = next.InvokeAsync(Record("late", delayed, receiveCount: 2));
        await AdvanceToRetryAsync(next.Time);
        Assert.Equal(AllDone, await again);
        Assert.Equal(["Echo: 1"], _gateway.DeliveredTo("reads="));
        Assert.Equal(["Echo: 1"], _gateway.DeliveredTo("slow="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_late_delivery_that_went_back_is_not_posted_from_memory_as_well_when_its_environment_gets_it_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = await StartFunctionAsync(cancellation, options => options.ParkedFor = TimeSpan.FromMinutes(10));
        _rooms.Add("blue", "slow=", function.Time.GetUtcNow().AddHours(-1));
        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.TooManyRequests);
        await function.InvokeAsync(RecordOf(function, "1", "blue"));
        var delayed = await DelayedAsync(function);
        var answering = function.InvokeAsync(Record("late", delayed));
        await UntilRetryAsync(function.Time);
        await function.Time.AdvanceToTimerAsync(FunctionUnderTest.Timeout - TimeSpan.FromSeconds(10), cancellation);
        Assert.NotEqual(AllDone, await answering);
        while (function.Late.Count > 0)
        {
            // An attempt that was under way may have come to its end before the message went back; the next is not made.
            await Patiently.UntilAsync("the end, or a retry", () => function.Late.Count == 0 || IsDue(function.Time, within: 30), cancellation);
            if (function.Late.Count > 0) await function.Time.AdvanceToNextTimerAsync(cancellation);
        }

        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.OK);
        var again = function.InvokeAsync(Record("late", delayed, receiveCount: 2));
        await AdvanceToRetryAsync(function.Time);

        Assert.Equal(AllDone, await again);
        Assert.Equal(["Echo: 1"], _gateway.DeliveredTo("slow="));
    }

    [Fact(Timeout = 60_000)]
    public async Task Stale_connections_are_reported_before_the_batch_is_answered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = await StartFunctionAsync(cancellation);
        _rooms.Add("blue", "gone=", function.Time.GetUtcNow().AddHours(-1));
        _gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Gone);
        var sqsAnswers = new TaskCompletionSource<List<Amazon.SQS.Model.BatchResultErrorEntry>>();
        function.Sqs.OnBatchSend = _ => sqsAnswers.Task;

        var answering = function.InvokeAsync(RecordOf(function, "1", "blue"));
        var report = await function.Sqs.BatchSends.NextAsync(cancellation);
        Assert.False(answering.IsCompleted);
        sqsAnswers.SetResult([]);

        Assert.Equal(AllDone, await answering);
        Assert.Contains("gone=", Assert.Single(report.Entries).MessageBody, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task What_was_counted_is_written_as_metrics_at_the_end_of_each_invocation()
    {
        await using var function = await StartFunctionAsync(TestContext.Current.CancellationToken);
        _rooms.Add("blue", "a=", function.Time.GetUtcNow().AddHours(-1));
        _rooms.Add("blue", "b=", function.Time.GetUtcNow().AddHours(-1));

        await function.InvokeAsync(RecordOf(function, "1", "blue"));
        await function.InvokeAsync(RecordOf(function, "2", "blue"));

        var lines = function.Metrics.ToString().Split(Environment.NewLine, StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonNode.Parse(line)!).ToList();
        Assert.Equal(6, lines.Count);
        Assert.Equal((2, "delivered"), ((int)lines[3]["chatevents.posts"]!, (string?)lines[3]["outcome"]));
        Assert.Equal(0, (int)lines[4]["chatevents.message.undelivered"]!);
        Assert.Equal([0.0], lines[5]["chatevents.message.delivery.duration"]!.AsArray().Select(value => (double)value!));
        var declared = lines[3]["_aws"]!["CloudWatchMetrics"]![0]!;
        Assert.Equal("ChatEvents/test", (string?)declared["Namespace"]);
        Assert.Equal("""[["outcome"]]""", declared["Dimensions"]!.ToJsonString());
        Assert.Equal("""[{"Name":"chatevents.posts","Unit":"Count"}]""", declared["Metrics"]!.ToJsonString());
        Assert.Equal(function.Time.GetUtcNow().ToUnixTimeMilliseconds(), (long)lines[3]["_aws"]!["Timestamp"]!);
    }

    /// <summary>The other timers, of credentials and of the invocation itself, are due much later.</summary>
    private static bool IsDue(FakeTime time, int within) => time.ArmedTimers.Any(dueIn => dueIn < TimeSpan.FromSeconds(within));

    private static Task UntilRetryAsync(FakeTime time) =>
        Patiently.UntilAsync("a retry to be due", () => IsDue(time, within: 2), Cancellation);

    private static async Task AdvanceToRetryAsync(FakeTime time)
    {
        await UntilRetryAsync(time);
        await time.AdvanceToNextTimerAsync(Cancellation);
    }

    private Task UntilAnsweredAsync(int posts) => Patiently.UntilAsync(
        $"{posts} posts to be answered", () => _gateway.Requests.Count(post => post.Status is not null) == posts, Cancellation);

    /// <summary>What the function has sent to itself.</summary>
    private static async Task<MessagesDelayed> DelayedAsync(FunctionUnderTest function) => RouteEventJson.Read<MessagesDelayed>(
        Encoding.UTF8.GetBytes(Assert.Single((await function.Sqs.BatchSends.NextAsync(Cancellation)).Entries).MessageBody), FakeTime.LongAfter);

    private static async Task<JsonObject> LateRecordOfAsync(FunctionUnderTest function) => Record("late", await DelayedAsync(function));

    private static JsonObject RecordOf(FunctionUnderTest function, string text, string room, int receiveCount = 1) => Record(
        $"id-{text}",
        new MessagePosted
        {
            MessageId = $"m{text}",
            ConnectionId = "sender=",
            Room = room,
            Message = text,
            PostedAt = function.Time.GetUtcNow(),
        },
        receiveCount);

    private Task<FunctionUnderTest> StartFunctionAsync(
        CancellationToken cancellation, Action<FanOutOptions>? configure = null) => StartAsync("fanOut", _rooms, cancellation, services =>
    {
        services.AddSingleton(new PostSigner("eu-central-1"));
        services.AddSingleton(new HttpMessageInvoker(_gateway));
        services.Configure<FanOutOptions>(options =>
        {
            options.PostsPerSecond = 1_000_000; // the clock stands still; nothing shall wait for the rate
            configure?.Invoke(options);
        });
    });
}
