using System.Collections.Concurrent;
using System.Net;
using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.ProtocolTests.FanOut;

/// <summary>From the queue to the socket side: SQS, DynamoDB and HTTP as they are on the wire.</summary>
public sealed class FanOutOnRealProtocolsTests(EmulatorsFixture emulators)
{
    [Fact(Timeout = 120_000)]
    public async Task A_room_larger_than_one_page_of_DynamoDB_gets_every_message_once_and_in_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // 150 bytes a row: more than the 1 MB that DynamoDB gives at once, and several pages in each of the 16 shards.
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = await fanOut.AddConnectionsAsync(9_000);
        await using var worker = await fanOut.StartWorkerAsync(("FanOut:PageSize", "200"));

        await fanOut.PostAsync("m1", "one");
        await fanOut.PostAsync("m2", "two");
        await Patiently.UntilAsync(
            "both messages at every connection", () => ids.All(id => fanOut.Sink.DeliveredTo(id).Count >= 2), cancellation, TimeSpan.FromSeconds(90));

        Assert.All(ids, id => Assert.Equal(["Echo: one", "Echo: two"], fanOut.Sink.DeliveredTo(id)));
        await worker.StopAsync(cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task Failures_of_all_kinds_keep_nobody_else_waiting()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = (await fanOut.AddConnectionsAsync(60)).ToList();
        var attempts = new ConcurrentDictionary<string, int>();
        var never = new TaskCompletionSource<HttpStatusCode>();
        fanOut.Sink.OnPost = (id, _) => (ids.IndexOf(id) % 6, attempts.AddOrUpdate(id, 1, (_, count) => count + 1)) switch
        {
            (0, 1) => Task.FromResult(HttpStatusCode.InternalServerError),
            (1, 1) => Task.FromResult(HttpStatusCode.TooManyRequests),
            (2, _) => Task.FromResult(HttpStatusCode.Gone),
            (3, 1) => never.Task,
            _ => Task.FromResult(HttpStatusCode.OK),
        };
        await using var worker = await fanOut.StartWorkerAsync(("FanOut:PostTimeout", "00:00:05"));

        await fanOut.PostAsync("m1", "one");
        var alive = ids.Where((_, index) => index % 6 != 2).ToList();
        await Patiently.UntilAsync(
            "the message at all who live", () => alive.All(id => fanOut.Sink.DeliveredTo(id).Count > 0), cancellation);
        never.SetResult(HttpStatusCode.InternalServerError);

        Assert.All(alive, id => Assert.Equal(["Echo: one"], fanOut.Sink.DeliveredTo(id)));
        await worker.StopAsync(cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_large_room_is_walked_by_two_workers_and_everybody_gets_everything_once_and_in_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = await fanOut.AddConnectionsAsync(4_000);
        (string, string)[] settings = [("FanOut:DivideAbove", "1600"), ("FanOut:PageSize", "200")];
        var (begun, twoShards) = (new ConcurrentDictionary<int, bool>(), new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        fanOut.Sink.OnPost = async (id, _) =>
        {
            // Shard 0 is where the worker that divides begins. A worker walks one shard at a time, so two at once are two workers.
            var shard = RegistryTables.ShardOf(id);
            if (shard != 0 && begun.TryAdd(shard, true) && begun.Count >= 2) twoShards.TrySetResult();
            if (shard != 0) await twoShards.Task.WaitAsync(cancellation);
            return HttpStatusCode.OK;
        };
        await using var one = await fanOut.StartWorkerAsync(settings);
        await using var other = await fanOut.StartWorkerAsync(settings);

        await fanOut.PostAsync("m1", "one");
        await fanOut.PostAsync("m2", "two");
        await fanOut.PostAsync("m3", "three");
        await Patiently.UntilAsync(
            "all messages at every connection", () => ids.All(id => fanOut.Sink.DeliveredTo(id).Count >= 3), cancellation, TimeSpan.FromSeconds(90));

        Assert.All(ids, id => Assert.Equal(["Echo: one", "Echo: two", "Echo: three"], fanOut.Sink.DeliveredTo(id)));
        var smallestShard = ids.GroupBy(RegistryTables.ShardOf).Min(shard => shard.Count());
        Assert.All([one, other], worker => Assert.True(
            fanOut.PostsOf(worker) >= smallestShard, $"{fanOut.PostsOf(worker)} posts are not even a shard of {smallestShard}"));
        await Task.WhenAll(one.StopAsync(cancellation), other.StopAsync(cancellation));
    }

    [Fact(Timeout = 120_000)]
    public async Task A_late_connection_keeps_its_order_whichever_workers_have_the_messages()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = await fanOut.AddConnectionsAsync(20);
        var reads = false;
        fanOut.Sink.OnPost = (id, _) => Task.FromResult(id == ids[0] && !reads ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK);

        // A worker of its own for each message; none of them is there any more when the client reads again.
        (string, string)[] settings =
        [
            ("shutdownTimeoutSeconds", "1"), ("FanOut:LateQueue:VisibilityTimeout", "00:00:05"), ("FanOut:LateQueue:ReceiveWait", "00:00:01"),
        ];
        string[] texts = ["1", "2"];
        foreach (var text in texts)
        {
            await using var worker = await fanOut.StartWorkerAsync(settings);
            await fanOut.PostAsync($"m{text}", text);
            await Patiently.UntilAsync(
                "the message at all who read", () => ids.Skip(1).All(id => fanOut.Sink.DeliveredTo(id).Contains($"Echo: {text}")), cancellation);
            await Patiently.UntilAsync("it to be settled", async () => await fanOut.MessagesLeftAsync() == 0, cancellation);
            await worker.StopAsync(cancellation);
        }

        reads = true;
        await using var last = await fanOut.StartWorkerAsync(settings);
        await Patiently.SeeAsync(
            "what was late (and how many events of it wait)",
            async () => (fanOut.Sink.DeliveredTo(ids[0]).Count, await fanOut.CountAsync(fanOut.LateQueue)),
            seen => seen.Count >= texts.Length,
            cancellation,
            TimeSpan.FromSeconds(60));
        Assert.Equal(texts.Select(text => $"Echo: {text}"), fanOut.Sink.DeliveredTo(ids[0]));
        await last.StopAsync(cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_worker_that_stops_in_the_middle_leaves_the_rest_to_the_next()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = await fanOut.AddConnectionsAsync(2_000);
        var half = new TaskCompletionSource();
        var posts = 0;
        fanOut.Sink.OnPost = (_, _) =>
        {
            if (Interlocked.Increment(ref posts) == 1_000) half.SetResult();
            return Task.FromResult(HttpStatusCode.OK);
        };

        await using (var stopping = await fanOut.StartWorkerAsync(("FanOut:PageSize", "100")))
        {
            await fanOut.PostAsync("m1", "one");
            await half.Task.WaitAsync(cancellation);
            await stopping.StopAsync(cancellation);
        }

        await using var next = await fanOut.StartWorkerAsync(("FanOut:PageSize", "100"));
        await Patiently.UntilAsync("every connection to be reached", () => fanOut.Sink.ConnectionsReached == ids.Count, cancellation);
        Assert.InRange(ids.Sum(id => fanOut.Sink.DeliveredTo(id).Count), ids.Count, ids.Count + 100);
        await next.StopAsync(cancellation);
    }
}
