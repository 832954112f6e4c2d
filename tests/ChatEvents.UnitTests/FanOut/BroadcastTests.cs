using System.Net;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.FanOut;

public sealed class BroadcastTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_000)]
    public async Task Every_connection_gets_the_message_once_however_many_pages_there_are(int count)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.PageSize = 50);
        var ids = fanOut.AddConnections(count);

        await fanOut.ConsumeAsync("m1", "hello");

        Assert.Equal(ids.Order(), fanOut.Gateway.Requests.Select(request => request.ConnectionId).Order());
        Assert.All(fanOut.Gateway.Requests, request => Assert.Equal("Echo: hello", request.Body));
        Assert.Contains(fanOut.Logs.Lines, line => line.StartsWith($"Information: Delivered m1 to {count} connections", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task Only_the_room_gets_it_and_only_rows_that_have_not_expired()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(3);
        fanOut.AddConnections(2, "blue");
        fanOut.Rooms.Add("blue", "expired=", fanOut.Time.GetUtcNow().AddHours(-3));

        await fanOut.ConsumeAsync("m1", "hello", "blue");

        Assert.Equal(["blue-00000=", "blue-00001="], fanOut.Gateway.Requests.Select(request => request.ConnectionId).Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Messages_that_arrive_during_a_walk_share_the_next_one_and_keep_their_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.PageSize = 10);
        var ids = fanOut.AddConnections(100);
        var release = new TaskCompletionSource();
        fanOut.Rooms.OnQuery = (_, _) => release.Task;

        var first = fanOut.ConsumeAsync("m0", "0");
        await Patiently.UntilAsync("the first walk to begin", () => !fanOut.Rooms.Queries.IsEmpty, cancellation);
        var others = Enumerable.Range(1, 99).Select(number => fanOut.ConsumeAsync($"m{number}", $"{number}")).ToList();
        release.SetResult();
        await Task.WhenAll([first, .. others]);

        var expected = Enumerable.Range(0, 100).Select(number => $"Echo: {number}").ToList();
        Assert.All(ids, id => Assert.Equal(expected, fanOut.Gateway.DeliveredTo(id)));
        var queriesOfOneWalk = ids.GroupBy(RegistryTables.ShardOf).Sum(shard => (shard.Count() / 10) + 1);
        Assert.True(
            fanOut.Rooms.Queries.Count <= 2 * queriesOfOneWalk,
            $"100 messages made {fanOut.Rooms.Queries.Count} queries; one walk makes {queriesOfOneWalk}");
    }

    [Fact(Timeout = 60_000)]
    public async Task Messages_that_arrive_together_share_the_walk_of_the_first()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation);
        var ids = fanOut.AddConnections(100);
        var (logging, release) = (new TaskCompletionSource(), new TaskCompletionSource());
        fanOut.Rooms.OnWrite = _ =>
        {
            logging.TrySetResult();
            return release.Task;
        };

        var first = fanOut.ConsumeAsync("m0", "0");
        await logging.Task.WaitAsync(cancellation);
        var others = Enumerable.Range(1, 9).Select(number => fanOut.ConsumeAsync($"m{number}", $"{number}")).ToList();
        release.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.All(ids, id => Assert.Equal(Enumerable.Range(0, 10).Select(number => $"Echo: {number}"), fanOut.Gateway.DeliveredTo(id)));
        Assert.Equal(RegistryTables.ShardsPerRoom, fanOut.Rooms.Queries.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task No_more_messages_share_a_walk_than_the_settings_allow()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int MessagesPerWalk = 3, Messages = 9;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.MessagesPerWalk = MessagesPerWalk);
        var ids = fanOut.AddConnections(10);
        var release = new TaskCompletionSource();
        fanOut.Rooms.OnQuery = (_, _) => release.Task;

        var first = fanOut.ConsumeAsync("m0", "0");
        await Patiently.UntilAsync("the first walk to begin", () => !fanOut.Rooms.Queries.IsEmpty, cancellation);
        var others = Enumerable.Range(1, Messages).Select(number => fanOut.ConsumeAsync($"m{number}", $"{number}")).ToList();
        release.SetResult();
        await Task.WhenAll([first, .. others]);

        Assert.Equal((1 + (Messages / MessagesPerWalk)) * RegistryTables.ShardsPerRoom, fanOut.Rooms.Queries.Count);
        Assert.All(ids, id => Assert.Equal(Enumerable.Range(0, 10).Select(number => $"Echo: {number}"), fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task When_a_walk_fails_those_waiting_fail_too_and_nothing_overtakes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation);
        fanOut.AddConnections(3);
        var release = new TaskCompletionSource();
        fanOut.Rooms.OnQuery = (_, _) => release.Task;

        var first = fanOut.ConsumeAsync("m1", "1");
        await Patiently.UntilAsync("the first walk to begin", () => !fanOut.Rooms.Queries.IsEmpty, cancellation);
        var second = fanOut.ConsumeAsync("m2", "2");
        release.SetException(new ProvisionedThroughputExceededException("slow down"));

        await Assert.ThrowsAsync<ProvisionedThroughputExceededException>(() => first);
        await Assert.ThrowsAsync<ProvisionedThroughputExceededException>(() => second);
        Assert.Empty(fanOut.Gateway.Requests);

        fanOut.Rooms.OnQuery = (_, _) => Task.CompletedTask;
        await fanOut.ConsumeAsync("m1", "1", isRedelivered: true);
        Assert.Equal(3, fanOut.Gateway.Requests.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_redelivered_message_goes_on_where_the_walk_before_was_cut_off()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int PageSize = 100;
        var rooms = new RoomsInMemory();
        var reached = new List<string>();
        IReadOnlyList<string> ids;
        await using (var killed = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = PageSize))
        {
            ids = killed.AddConnections(2_000);
            using var kill = new CancellationTokenSource();
            killed.Gateway.OnRequest = (_, cancellation) =>
            {
                if (killed.Gateway.Requests.Count >= 1_234) kill.Cancel();
                cancellation.ThrowIfCancellationRequested();
                return RecordingGateway.Answer(HttpStatusCode.OK);
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => killed.ConsumeAsync("m1", "hello", kill: kill));
            reached.AddRange(killed.Gateway.Requests.Where(request => request.Status is not null).Select(request => request.ConnectionId));
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = PageSize);
        await next.ConsumeAsync("m1", "hello", isRedelivered: true);
        reached.AddRange(next.Gateway.Requests.Select(request => request.ConnectionId));

        Assert.Equal(ids.Order(), reached.Distinct().Order());
        Assert.True(reached.Count - ids.Count <= PageSize, $"{reached.Count - ids.Count} connections got it twice");
        Assert.True(next.Gateway.Requests.Count < ids.Count - 1_000, "the walk began again from the start");
    }

    [Fact(Timeout = 60_000)]
    public async Task Wherever_a_worker_is_cut_off_the_next_goes_on_there_also_behind_the_last_page_of_a_shard()
    {
        var cancellation = TestContext.Current.CancellationToken;
        string[] ids = [.. IdsIn(shard: 3).Take(5), .. IdsIn(shard: 7).Take(3)];
        for (var cutOff = 1; cutOff <= ids.Length; cutOff++)
        {
            var rooms = new RoomsInMemory();
            await using var killed = await StartAsync(rooms);
            await using var next = await StartAsync(rooms);
            foreach (var id in ids) killed.AddConnection(id, TimeSpan.FromHours(1));
            using var kill = new CancellationTokenSource();
            killed.Gateway.OnRequest = (_, cancellation) =>
            {
                if (killed.Gateway.Requests.Count > cutOff) kill.Cancel();
                cancellation.ThrowIfCancellationRequested();
                return RecordingGateway.Answer(HttpStatusCode.OK);
            };

            await Record.ExceptionAsync(() => killed.ConsumeAsync("m1", "hello", kill: kill));
            await next.ConsumeAsync("m1", "hello", isRedelivered: true);

            var reached = ids.SelectMany(id => killed.Gateway.DeliveredTo(id).Concat(next.Gateway.DeliveredTo(id)).Select(_ => id)).ToList();
            Assert.Equal(ids.Order(), reached.Distinct().Order());
            Assert.InRange(reached.Count - ids.Length, 0, 3);
        }

        Task<FanOutUnderTest> StartAsync(RoomsInMemory rooms) =>
            FanOutUnderTest.StartAsync(cancellation, rooms, options => (options.PageSize, options.Concurrency) = (3, 1));

        static IEnumerable<string> IdsIn(int shard) =>
            Enumerable.Range(0, int.MaxValue).Select(number => $"{number}=").Where(id => RegistryTables.ShardOf(id) == shard);
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_did_not_get_it_from_a_worker_that_was_cut_off_is_told_by_the_next()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Refused = 50;
        var rooms = new RoomsInMemory();
        await using (var killed = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = 100))
        {
            killed.AddConnections(1_000);
            using var kill = new CancellationTokenSource();
            var posts = 0;
            killed.Gateway.OnRequest = (_, cancellation) =>
            {
                var post = Interlocked.Increment(ref posts);
                if (post >= 600) kill.Cancel();
                cancellation.ThrowIfCancellationRequested();
                return RecordingGateway.Answer(post <= Refused ? HttpStatusCode.RequestEntityTooLarge : HttpStatusCode.OK);
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => killed.ConsumeAsync("m1", "hello", kill: kill));
            Assert.DoesNotContain(killed.Logs.Lines, IsNotDelivered);
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = 100);
        await next.ConsumeAsync("m1", "hello", isRedelivered: true);
        Assert.Single(next.Logs.Lines, IsNotDelivered);
        await next.ConsumeAsync("m1", "hello", isRedelivered: true); // its delete was lost

        Assert.Equal(
            $"Warning: Message m1 was not delivered to {Refused} connections after all retries; the first: TooLarge, as an earlier worker found",
            Assert.Single(next.Logs.Lines, IsNotDelivered));

        static bool IsNotDelivered(string line) => line.Contains("was not delivered to", StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_progress_of_a_small_room_is_saved_once_at_its_end()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(200);

        await fanOut.ConsumeAsync("m1", "hello");

        Assert.Equal(1, fanOut.Rooms.Saves);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_too_large_for_a_post_is_logged_and_told_to_its_sender()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(3);
        fanOut.AddConnection("sender=", TimeSpan.FromHours(1));

        await fanOut.ConsumeAsync("m1", new string('x', Limits.MaxGatewayMessageBytes));
        await fanOut.SendersToldAsync();

        Assert.Equal(
            """{"error":"Your message has 131078 bytes as it would be sent, and was not delivered; at most 131072 are possible.","messageId":"m1"}""",
            Assert.Single(fanOut.Gateway.Requests).Body);
        Assert.Single(fanOut.Gateway.DeliveredTo("sender="));
        Assert.Contains(fanOut.Logs.Lines, line => line == "Error: Message m1 is too large to be posted: 131078 bytes. Nobody gets it.");
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_forbidden_everywhere_goes_back_to_its_queue()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(3);
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Forbidden, "AccessDeniedException");

        var failure = await Assert.ThrowsAsync<PostingForbiddenException>(() => fanOut.ConsumeAsync("m1", "hello"));

        Assert.StartsWith(
            "Message m1 was forbidden at 3 connections: the worker's role needs execute-api:ManageConnections", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, fanOut.Gateway.Requests.Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task When_posts_become_forbidden_the_walk_ends_and_a_worker_that_may_post_goes_on_where_it_was()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int PageSize = 100, Allowed = 1_234;
        var rooms = new RoomsInMemory();
        IReadOnlyList<string> ids;
        List<string> reached;
        await using (var expired = await FanOutUnderTest.StartAsync(cancellation, rooms, options => (options.PageSize, options.Concurrency) = (PageSize, 1)))
        {
            ids = expired.AddConnections(2_000);
            expired.Gateway.OnRequest = (_, _) =>
                RecordingGateway.Answer(expired.Gateway.Requests.Count <= Allowed ? HttpStatusCode.OK : HttpStatusCode.Forbidden);
            await Assert.ThrowsAsync<PostingForbiddenException>(() => expired.ConsumeAsync("m1", "hello"));
            Assert.InRange(expired.Gateway.Requests.Count, Allowed, Allowed + 50);
            reached = [.. ids.Where(id => expired.Gateway.DeliveredTo(id).Any())];
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = PageSize);
        await next.ConsumeAsync("m1", "hello", isRedelivered: true);

        reached.AddRange(next.Gateway.Requests.Select(request => request.ConnectionId));
        Assert.Equal(ids.Order(), reached.Distinct().Order());
        Assert.InRange(reached.Count - ids.Count, 0, PageSize);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(HttpStatusCode.Forbidden, "Forbidden")]
    [InlineData(HttpStatusCode.RequestEntityTooLarge, "TooLarge")]
    public async Task Refusals_at_some_connections_are_logged_once_and_delay_no_other(HttpStatusCode status, string outcome)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(100);
        var refused = ids.Where((_, number) => number % 10 == 0).ToHashSet();
        fanOut.Gateway.OnRequest = (request, _) => RecordingGateway.Answer(refused.Contains(request.ConnectionId) ? status : HttpStatusCode.OK);
        using var meters = FanOutMetersTests.MetersOf(fanOut);

        await fanOut.ConsumeAsync("m1", "hello");

        Assert.Equal(10, meters.SumOf("chatevents.message.undelivered"));

        Assert.All(ids.Except(refused), id => Assert.Single(fanOut.Gateway.DeliveredTo(id)));
        var line = Assert.Single(fanOut.Logs.Lines, line => line.StartsWith("Warning: ", StringComparison.Ordinal));
        Assert.StartsWith(
            $"Warning: Message m1 was not delivered to 10 connections after all retries; the first: {outcome}", line, StringComparison.Ordinal);
    }
}
