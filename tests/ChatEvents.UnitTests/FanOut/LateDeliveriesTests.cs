using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using Amazon.DynamoDBv2.Model;
using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Delivering;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>Connections whose first post did not succeed; no other connection notices.</summary>
public sealed class LateDeliveriesTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_connection_found_gone_is_reported_to_the_registry_and_not_posted_to_again()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("gone=", TimeSpan.FromMinutes(5));
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Gone, "GoneException");

        await fanOut.ConsumeAsync("m1", "hello");

        await Patiently.UntilAsync("the report", () => !fanOut.Sqs.Sent.IsEmpty, Cancellation);
        var report = Assert.Single(fanOut.Sqs.Sent);
        Assert.Equal(QueueNames.Connections, report.Queue);
        var closed = JsonNode.Parse(report.Body)!;
        Assert.Equal("gone=", (string?)closed["connectionId"]);
        Assert.Equal("Gone", (string?)closed["because"]);
        Assert.Equal(Room.Everyone, (string?)closed["foundInRoom"]);
        Assert.Single(fanOut.Gateway.Requests);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_in_its_handshake_gets_every_message_in_order_once_it_can_be_posted_to()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("old=", TimeSpan.FromMinutes(5));
        fanOut.AddConnection("new=", TimeSpan.FromSeconds(1));
        var isConnected = false;
        fanOut.Gateway.OnRequest = (request, _) =>
            RecordingGateway.Answer(request.ConnectionId == "new=" && !isConnected ? HttpStatusCode.Gone : HttpStatusCode.OK);

        await fanOut.ConsumeAsync("m1", "1");
        await fanOut.ConsumeAsync("m2", "2");
        Assert.Equal(["Echo: 1", "Echo: 2"], fanOut.Gateway.DeliveredTo("old="));
        Assert.Empty(fanOut.Gateway.DeliveredTo("new="));

        isConnected = true;
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);
        Assert.Equal(["Echo: 1", "Echo: 2"], fanOut.Gateway.DeliveredTo("new="));
        Assert.Empty(fanOut.Sqs.SentTo(QueueNames.Connections));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_that_stays_gone_is_stale_when_its_handshake_must_be_over()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("new=", TimeSpan.FromSeconds(1));
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Gone);
        var connectedAt = fanOut.Time.GetUtcNow() - TimeSpan.FromSeconds(1);

        await fanOut.ConsumeAsync("m1", "1");
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        await Patiently.UntilAsync("the report", () => fanOut.Sqs.SentTo(QueueNames.Connections).Any(), Cancellation);
        var closedAt = (DateTimeOffset)JsonNode.Parse(fanOut.Sqs.SentTo(QueueNames.Connections).Single().Body)!["closedAt"]!;
        Assert.InRange(closedAt - connectedAt, Limits.HandshakeGrace, Limits.HandshakeGrace + TimeSpan.FromSeconds(1));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_that_fails_is_tried_again_without_anything_overtaking_it()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("a=", TimeSpan.FromMinutes(5));
        var failures = 3;
        fanOut.Gateway.OnRequest = (_, _) =>
            RecordingGateway.Answer(failures-- > 0 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);

        await fanOut.ConsumeAsync("m1", "1");
        await fanOut.ConsumeAsync("m2", "2");
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.Equal(["Echo: 1", "Echo: 1", "Echo: 1", "Echo: 1", "Echo: 2"], fanOut.Gateway.Requests.Select(request => request.Body));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_that_is_late_for_the_first_of_several_messages_gets_all_of_them_in_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation);
        var ids = fanOut.AddConnections(2);
        var failures = 1;
        fanOut.Gateway.OnRequest = (request, _) => RecordingGateway.Answer(
            request.ConnectionId == ids[0] && request.Body == "Echo: 1" && failures-- > 0 ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);
        var release = new TaskCompletionSource();
        fanOut.Rooms.OnQuery = (_, _) => release.Task;

        var messages = new List<Task> { fanOut.ConsumeAsync("m0", "0") };
        await Patiently.UntilAsync("the first walk to begin", () => !fanOut.Rooms.Queries.IsEmpty, cancellation);
        for (var number = 1; number <= 3; number++) messages.Add(fanOut.ConsumeAsync($"m{number}", $"{number}"));
        release.SetResult();
        await Task.WhenAll(messages);
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.All(ids, id => Assert.Equal(["Echo: 0", "Echo: 1", "Echo: 2", "Echo: 3"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_delivery_that_fails_is_given_up_after_all_attempts_and_logged_once_with_its_message_id()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.Attempts = 3);
        var ids = fanOut.AddConnections(5);
        fanOut.Gateway.OnRequest = (request, _) => RecordingGateway.Answer(
            request.ConnectionId != ids[0] && request.Body == "Echo: 1" ? HttpStatusCode.BadGateway : HttpStatusCode.OK);

        await fanOut.ConsumeAsync("m1", "1");
        await fanOut.ConsumeAsync("m2", "2");
        await fanOut.PassTimeUntilAsync(
            () => fanOut.IsIdle && fanOut.Logs.Lines.Any(line => line.StartsWith("Warning: Message", StringComparison.Ordinal)));

        Assert.Equal(1 + (4 * 3), fanOut.Gateway.Requests.Count(request => request.Body == "Echo: 1"));
        Assert.All(ids, id => Assert.Contains("Echo: 2", fanOut.Gateway.DeliveredTo(id)));
        var line = Assert.Single(fanOut.Logs.Lines, line => line.StartsWith("Warning: Message m1", StringComparison.Ordinal));
        Assert.Contains("was not delivered to 4 connections after all retries", line, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_does_not_read_parks_only_itself_and_is_closed_in_the_end()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.ParkedFor = TimeSpan.FromSeconds(30));
        var ids = fanOut.AddConnections(50);
        var parkedAt = fanOut.Time.GetUtcNow();
        DateTimeOffset? closedAt = null;
        fanOut.Gateway.OnRequest = (request, _) =>
        {
            if (request.Method == HttpMethod.Delete) closedAt ??= fanOut.Time.GetUtcNow();
            return RecordingGateway.Answer(
                request.ConnectionId == ids[0] && request.Method == HttpMethod.Post ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK);
        };

        for (var number = 0; number < 10; number++) await fanOut.ConsumeAsync($"m{number}", $"{number}");
        Assert.Equal(parkedAt, fanOut.Time.GetUtcNow());
        Assert.All(ids.Skip(1), id => Assert.Equal(10, fanOut.Gateway.DeliveredTo(id).Count()));

        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);
        Assert.InRange(closedAt!.Value - parkedAt, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(40));
        var last = fanOut.Gateway.Requests.Last(request => request.ConnectionId == ids[0]);
        Assert.Equal(HttpMethod.Delete, last.Method);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_parked_client_is_closed_when_too_many_messages_wait_for_it()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(
            TestContext.Current.CancellationToken,
            configure: options => (options.ParkedMessages, options.ParkedFor) = (5, TimeSpan.FromMinutes(10)));
        fanOut.AddConnection("slow=", TimeSpan.FromMinutes(5));
        DateTimeOffset? closedAt = null;
        fanOut.Gateway.OnRequest = (request, _) =>
        {
            if (request.Method == HttpMethod.Delete) closedAt ??= fanOut.Time.GetUtcNow();
            return RecordingGateway.Answer(
                request.Method == HttpMethod.Delete ? HttpStatusCode.NoContent
                : closedAt is not null ? HttpStatusCode.Gone
                : HttpStatusCode.TooManyRequests);
        };
        var parkedAt = fanOut.Time.GetUtcNow();

        for (var number = 0; number < 7; number++) await fanOut.ConsumeAsync($"m{number}", $"{number}");
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.NotNull(closedAt);
        Assert.True(closedAt - parkedAt < TimeSpan.FromMinutes(1));
        Assert.Empty(fanOut.Gateway.DeliveredTo("slow="));
        Assert.Equal(0, fanOut.Rooms.OwedIn(Room.Everyone));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(5, 1, 60, false)]
    [InlineData(6, 1, 60, true)]
    [InlineData(6, 1, 1, false)]
    [InlineData(2, 65_530, 60, false)]
    [InlineData(2, 65_531, 60, true)]
    [InlineData(2, 65_531, 1, false)]
    public async Task As_much_as_the_settings_allow_waits_for_a_client_and_in_its_handshake_more(
        int messages, int length, int secondsOpen, bool isClosed)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(
            TestContext.Current.CancellationToken,
            configure: options => (options.ParkedMessages, options.ParkedBytes) = (5, 2 * ("Echo: ".Length + 65_530)));
        fanOut.HoldsEventsBack = true;
        fanOut.AddConnection("slow=", TimeSpan.FromSeconds(secondsOpen));
        fanOut.Gateway.OnRequest = (request, _) => RecordingGateway.Answer(
            request.Method == HttpMethod.Delete ? HttpStatusCode.NoContent : HttpStatusCode.TooManyRequests);

        for (var number = 1; number <= messages; number++) await fanOut.ConsumeAsync($"m{number}", new string('x', length));

        Assert.Equal(isClosed, fanOut.Gateway.Requests.Any(request => request.Method == HttpMethod.Delete));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_does_not_read_is_closed_in_the_end_even_if_refusals_of_the_account_never_end()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var parkedFor = TimeSpan.FromSeconds(10);
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.ParkedFor = parkedFor);
        fanOut.AddConnection("slow=", TimeSpan.FromMinutes(5));
        var rate = fanOut.Services.GetRequiredService<PostRate>();
        DateTimeOffset? closedAt = null;
        fanOut.Gateway.OnRequest = (request, _) =>
        {
            if (request.Method == HttpMethod.Delete)
            {
                closedAt ??= fanOut.Time.GetUtcNow();
                return RecordingGateway.Answer(HttpStatusCode.NoContent);
            }

            CountRefusalsOfTheAccount(rate);
            return RecordingGateway.Answer(HttpStatusCode.TooManyRequests);
        };
        var parkedAt = fanOut.Time.GetUtcNow();

        var consuming = fanOut.ConsumeAsync("m1", "1");
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted && fanOut.IsIdle);

        Assert.InRange(closedAt!.Value - parkedAt, 4 * parkedFor, 6 * parkedFor);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(2, "Warning: Closed connection slow=, which does not read; 1 messages waited.")]
    [InlineData(100, "Warning: Connection slow= does not read and could not be closed (Failed 503); it lacks 1 messages.")]
    public async Task Closing_is_retried_and_its_end_is_logged(int failures, string expected)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, configure: options => options.ParkedFor = TimeSpan.FromSeconds(1));
        fanOut.AddConnection("slow=", TimeSpan.FromMinutes(5));
        var deletes = 0;
        fanOut.Gateway.OnRequest = (request, _) => RecordingGateway.Answer(
            request.Method == HttpMethod.Post ? HttpStatusCode.TooManyRequests
            : Interlocked.Increment(ref deletes) <= failures ? HttpStatusCode.ServiceUnavailable
            : HttpStatusCode.NoContent);

        await fanOut.ConsumeAsync("m1", "1");
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.Contains(expected, fanOut.Logs.Lines);
        Assert.Equal(Math.Min(failures + 1, new FanOutOptions().Attempts), deletes);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_late_connection_is_left_alone_for_as_long_as_the_gateway_asks()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("slow=", TimeSpan.FromMinutes(5));
        var pause = TimeSpan.FromSeconds(7);
        var postedAt = new List<DateTimeOffset>();
        fanOut.Gateway.OnRequest = (_, _) =>
        {
            postedAt.Add(fanOut.Time.GetUtcNow());
            return postedAt.Count <= 2
                ? RecordingGateway.Answer(HttpStatusCode.TooManyRequests, retryAfter: pause)
                : RecordingGateway.Answer(HttpStatusCode.OK);
        };

        await fanOut.ConsumeAsync("m1", "1");
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.Equal(3, postedAt.Count);
        Assert.Equal(pause, postedAt[2] - postedAt[1]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_reads_again_gets_what_waited_in_order()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("slow=", TimeSpan.FromMinutes(5));
        var reads = false;
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(reads ? HttpStatusCode.OK : HttpStatusCode.TooManyRequests);

        for (var number = 0; number < 4; number++) await fanOut.ConsumeAsync($"m{number}", $"{number}");
        reads = true;
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.Equal(["Echo: 0", "Echo: 1", "Echo: 2", "Echo: 3"], fanOut.Gateway.DeliveredTo("slow="));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_next_walk_in_any_worker_does_not_overtake_what_a_connection_is_owed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        await using var first = await FanOutUnderTest.StartAsync(cancellation, rooms);
        await using var second = await FanOutUnderTest.StartAsync(cancellation, rooms);
        (first.HoldsEventsBack, second.HoldsEventsBack) = (true, true);
        first.AddConnection("old=", TimeSpan.FromMinutes(5));
        first.AddConnection("new=", TimeSpan.FromSeconds(1));
        first.Gateway.OnRequest = (request, _) =>
            RecordingGateway.Answer(request.ConnectionId == "new=" ? HttpStatusCode.Gone : HttpStatusCode.OK);

        await first.ConsumeAsync("m1", "1");
        await second.ConsumeAsync("m2", "2");
        Assert.Equal(["Echo: 2"], second.Gateway.Requests.Select(request => request.Body));

        // In the order in which a FIFO queue hands them out.
        var late = second.ConsumeAsync(Assert.Single(first.Sqs.SentTo(QueueNames.Late)));
        await second.PassTimeUntilAsync(() => late.IsCompleted);
        await late;
        await second.ConsumeAsync(Assert.Single(second.Sqs.SentTo(QueueNames.Late)));
        Assert.Equal(["Echo: 1", "Echo: 2"], second.Gateway.DeliveredTo("new="));

        await first.ConsumeAsync("m3", "3");
        Assert.Equal("Echo: 3", first.Gateway.Requests.Last(request => request.ConnectionId == "new=").Body);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_late_delivery_of_a_killed_worker_is_made_by_the_next_worker_and_only_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        SentEvent late;
        await using (var killed = await FanOutUnderTest.StartAsync(cancellation, rooms))
        {
            killed.HoldsEventsBack = true;
            killed.AddConnection("new=", TimeSpan.FromSeconds(1));
            killed.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Gone);
            await killed.ConsumeAsync("m1", "1");
            late = Assert.Single(killed.Sqs.SentTo(QueueNames.Late));
            using var kill = new CancellationTokenSource();
            var delivering = killed.ConsumeAsync(late, killed: kill.Token);
            await killed.PassTimeUntilAsync(() => killed.Gateway.Requests.Count > 1);
            await kill.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivering);
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms);
        var again = next.ConsumeAsync(late, receiveCount: 2);
        await next.PassTimeUntilAsync(() => again.IsCompleted);
        await again;
        await next.ConsumeAsync(late, receiveCount: 3);

        Assert.Equal(["Echo: 1"], next.Gateway.DeliveredTo("new="));
        Assert.Equal(0, rooms.OwedIn(Room.Everyone));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_could_not_be_read_is_read_by_the_next_delivery_that_needs_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        await using var fanOut = await FanOutUnderTest.StartAsync(cancellation, rooms);
        fanOut.HoldsEventsBack = true;
        fanOut.AddConnection("new=", TimeSpan.FromSeconds(1));
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Gone);
        await fanOut.ConsumeAsync("m1", "1");
        var late = Assert.Single(fanOut.Sqs.SentTo(QueueNames.Late));

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms);
        rooms.OnRead = request => request.Key[RecentMessages.Room].S == Room.Everyone
            ? Task.FromException(new ProvisionedThroughputExceededException("slow down"))
            : Task.CompletedTask;
        await Assert.ThrowsAsync<ProvisionedThroughputExceededException>(() => next.ConsumeAsync(late));
        rooms.OnRead = _ => Task.CompletedTask;
        var again = next.ConsumeAsync(late, receiveCount: 2);
        await next.PassTimeUntilAsync(() => again.IsCompleted);
        await again;

        Assert.Equal(["Echo: 1"], next.Gateway.DeliveredTo("new="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_whose_worker_was_killed_between_handing_on_and_deleting_it_repeats_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        await using var killed = await FanOutUnderTest.StartAsync(cancellation, rooms);
        killed.HoldsEventsBack = true;
        killed.AddConnection("old=", TimeSpan.FromMinutes(5));
        killed.AddConnection("new=", TimeSpan.FromSeconds(1));
        killed.Gateway.OnRequest = (request, _) =>
            RecordingGateway.Answer(request.ConnectionId == "new=" ? HttpStatusCode.Gone : HttpStatusCode.OK);
        await killed.ConsumeAsync("m1", "1");

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms);
        var late = next.ConsumeAsync(Assert.Single(killed.Sqs.SentTo(QueueNames.Late)));
        await next.PassTimeUntilAsync(() => late.IsCompleted);
        await late;
        await next.ConsumeAsync("m1", "1", isRedelivered: true);

        Assert.Equal(["new="], next.Gateway.Requests.Select(request => request.ConnectionId));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_late_delivery_of_several_messages_goes_on_where_the_killed_worker_was()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        SentEvent late;
        await using (var killed = await FanOutUnderTest.StartAsync(cancellation, rooms))
        {
            killed.HoldsEventsBack = true;
            killed.AddConnection("new=", TimeSpan.FromSeconds(1));
            var (walking, mayWalk) = (new TaskCompletionSource(), new TaskCompletionSource());
            rooms.OnQuery = (_, _) =>
            {
                walking.TrySetResult();
                return mayWalk.Task;
            };
            killed.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Gone);
            var first = killed.ConsumeAsync("m0", "0");
            await walking.Task.WaitAsync(cancellation); // so that the others share the next walk
            Task[] walks = [.. Enumerable.Range(1, 4).Select(number => killed.ConsumeAsync($"m{number}", $"{number}"))];
            mayWalk.SetResult();
            await Task.WhenAll([first, .. walks]);

            late = killed.Sqs.SentTo(QueueNames.Late).Last();
            using var kill = new CancellationTokenSource();
            killed.Gateway.OnRequest = (request, cancellation) =>
            {
                if (request.Body == "Echo: 4") kill.Cancel();
                cancellation.ThrowIfCancellationRequested();
                return RecordingGateway.Answer(HttpStatusCode.OK);
            };
            var delivering = killed.ConsumeAsync(late, killed: kill.Token);
            await killed.PassTimeUntilAsync(() => delivering.IsCompleted);
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => delivering);
            Assert.Contains("Echo: 3", killed.Gateway.DeliveredTo("new="));
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms);
        await next.ConsumeAsync(late, receiveCount: 2);

        Assert.Equal(["Echo: 4"], next.Gateway.DeliveredTo("new="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_debt_whose_worker_ended_before_it_sent_the_event_is_delivered_when_the_message_is_redelivered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        await using (var ended = await FanOutUnderTest.StartAsync(cancellation, rooms))
        {
            ended.AddConnection("new=", TimeSpan.FromSeconds(1));
            ended.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Gone);
            ended.Sqs.IsDown = true;
            await Assert.ThrowsAsync<AmazonSQSException>(() => ended.ConsumeAsync("m1", "1"));
            Assert.Equal(1, rooms.OwedIn(Room.Everyone));
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms);
        await next.ConsumeAsync("m1", "1", isRedelivered: true);
        await next.ConsumeAsync("m2", "2");
        await next.PassTimeUntilAsync(() => next.IsIdle);

        Assert.Equal(["Echo: 1", "Echo: 2"], next.Gateway.DeliveredTo("new="));
        Assert.Equal(0, rooms.OwedIn(Room.Everyone));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_debt_past_its_time_to_live_delays_no_message_although_DynamoDB_has_not_deleted_it_yet()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.HoldsEventsBack = true;
        fanOut.AddConnection("late=", TimeSpan.FromMinutes(5));
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.ServiceUnavailable);
        await fanOut.ConsumeAsync("m1", "1");
        Assert.Equal(1, fanOut.Rooms.OwedIn(Room.Everyone));

        fanOut.Time.Advance(RecentMessages.Life + TimeSpan.FromMinutes(1));
        fanOut.AddConnection("late=", TimeSpan.FromMinutes(5)); // else its row would have expired too
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.OK);
        await fanOut.ConsumeAsync("m2", "2");

        Assert.Equal(["Echo: 2"], fanOut.Gateway.DeliveredTo("late="));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_room_without_late_connections_sends_and_owes_nothing()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(100);

        await fanOut.ConsumeAsync("m1", "1");

        Assert.Empty(fanOut.Sqs.Sent);
        Assert.Equal(0, fanOut.Rooms.OwedIn(Room.Everyone));
    }

    [Fact(Timeout = 60_000)]
    public async Task Connections_that_were_late_when_the_worker_was_killed_get_the_message_from_the_next()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        IReadOnlyList<string> ids;
        var reached = new HashSet<string>();
        await using (var killed = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = 10))
        {
            ids = killed.AddConnections(100);
            using var kill = new CancellationTokenSource();
            killed.Gateway.OnRequest = (request, cancellation) =>
            {
                if (killed.Gateway.Requests.Count > 60) kill.Cancel();
                cancellation.ThrowIfCancellationRequested();
                return RecordingGateway.Answer(
                    request.ConnectionId.EndsWith("5=", StringComparison.Ordinal) ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK);
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => killed.ConsumeAsync("m1", "1", kill: kill));
            reached.UnionWith(killed.Gateway.Requests.Where(request => request.Status == HttpStatusCode.OK).Select(request => request.ConnectionId));
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = 10);
        await next.ConsumeAsync("m1", "1", isRedelivered: true);
        await next.PassTimeUntilAsync(() => next.IsIdle);
        reached.UnionWith(next.Gateway.Requests.Select(request => request.ConnectionId));

        Assert.Equal(ids.Order(), reached.Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_that_is_late_beyond_the_saved_progress_gets_the_message_once_from_the_next_worker()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = new RoomsInMemory();
        await using (var killed = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = 20))
        {
            killed.AddConnections(100);
            using var kill = new CancellationTokenSource();

            // Every post fails by itself, which is no outage, and no retry is waited for: at each save of progress, connections of the next
            // stretch are late already.
            killed.Gateway.OnRequest = (_, cancellation) =>
            {
                if (rooms.Saves >= 2) kill.Cancel();
                cancellation.ThrowIfCancellationRequested();
                return RecordingGateway.Answer(HttpStatusCode.NotFound);
            };
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => killed.ConsumeAsync("m1", "1", kill: kill));
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = 20);
        var again = next.ConsumeAsync("m1", "1", isRedelivered: true);
        await next.PassTimeUntilAsync(() => again.IsCompleted && next.IsIdle);
        await again;

        var requests = next.Gateway.Requests.Select(request => request.ConnectionId).ToList();
        Assert.Equal(100, requests.Distinct().Count());
        Assert.Equal(requests.Distinct(), requests);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_killed_while_its_walk_waits_for_many_late_connections_loses_nothing_and_keeps_the_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int PageSize = 50;
        var rooms = new RoomsInMemory();
        var delivered = new ConcurrentQueue<(string ConnectionId, string Body)>();
        IReadOnlyList<string> ids;
        await using (var killed = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = PageSize))
        {
            ids = killed.AddConnections(400);
            var failed = new ConcurrentDictionary<string, bool>();
            using var kill = new CancellationTokenSource();
            killed.Gateway.OnRequest = (request, cancellation) =>
            {
                cancellation.ThrowIfCancellationRequested();
                if (failed.TryAdd(request.ConnectionId, true))
                    return RecordingGateway.Answer(HttpStatusCode.ServiceUnavailable);
                delivered.Enqueue((request.ConnectionId, request.Body));
                if (delivered.Count >= 2 * PageSize) kill.Cancel();
                return RecordingGateway.Answer(HttpStatusCode.OK);
            };
            await HoldBackAsync(killed);
            var walking = ConsumeTwoTogetherAsync(killed, rooms, kill: kill);

            // In small steps, because the walk waits for some seconds only; what they add up to, 12 to 24 s, is the pauses between attempts.
            while (!walking.IsCompleted)
            {
                killed.Time.Advance(TimeSpan.FromMilliseconds(25));
                await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, cancellation);
            }

            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => walking);
        }

        await using var next = await FanOutUnderTest.StartAsync(cancellation, rooms, options => options.PageSize = PageSize);
        var again = ConsumeTwoTogetherAsync(next, rooms, isRedelivered: true);
        await next.PassTimeUntilAsync(() => again.IsCompleted && next.IsIdle);
        await again;

        var before = delivered.ToLookup(post => post.ConnectionId, post => post.Body);
        Assert.All(ids, id => Assert.Equal(["Echo: 1", "Echo: 2"], before[id].Concat(next.Gateway.DeliveredTo(id)).Distinct()));
        Assert.InRange(delivered.Count + next.Gateway.Requests.Count - (2 * ids.Count), 0, delivered.Count);
    }

    /// <summary>Two messages that share a walk.</summary>
    private static async Task ConsumeTwoTogetherAsync(
        FanOutUnderTest fanOut, RoomsInMemory rooms, bool isRedelivered = false, CancellationTokenSource? kill = null)
    {
        var (writing, mayWrite) = (new TaskCompletionSource(), new TaskCompletionSource());
        rooms.OnWrite = _ =>
        {
            writing.TrySetResult();
            return mayWrite.Task;
        };
        var first = fanOut.ConsumeAsync("m1", "1", isRedelivered: isRedelivered, kill: kill);
        await writing.Task.WaitAsync(Cancellation);
        var second = fanOut.ConsumeAsync("m2", "2", isRedelivered: isRedelivered, kill: kill);
        mayWrite.SetResult();
        await Task.WhenAll(first, second);
    }

    /// <summary>As if the account had just refused posts: for some seconds walks wait for those who are late.</summary>
    private static async Task HoldBackAsync(FanOutUnderTest fanOut)
    {
        var rate = fanOut.Services.GetRequiredService<PostRate>();
        CountRefusalsOfTheAccount(rate);
        fanOut.Time.Advance(PostRate.Window);
        var turn = fanOut.Services.GetRequiredService<PostPacer>().TakeAsync(Cancellation);
        fanOut.Time.Advance(PostRate.Window);
        await turn;
        Assert.True(rate.IsHeldBack);
    }

    private static void CountRefusalsOfTheAccount(PostRate rate)
    {
        for (var post = 0; post < 100; post++) rate.CountRefused(retryAfter: null);
        for (var post = 0; post < 1_000; post++) rate.CountAccepted();
    }
}
