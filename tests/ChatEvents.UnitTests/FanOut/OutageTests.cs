using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.Queues;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>Ways in which a gateway fails to answer.</summary>
public enum Failing
{
    Refused,
    Reset,
    Error500,
    Hang,
    NoSuchName,
    TlsAlert,
    ExpiredCertificate,
}

/// <summary>
/// The gateway is out of reach for a while, for everybody or for the connections of one endpoint: nobody loses a message, or hears one
/// twice, or out of order; nothing goes back to its queue; and it goes on within seconds.
/// </summary>
public sealed class OutageTests
{
    private const string Good = "https://ws.example.com/prod";
    private const string Dead = "https://old.example.com/prod";

    private static readonly TimeSpan GoesOnWithin = TimeSpan.FromSeconds(5);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static TheoryData<Failing, int, int> Outages()
    {
        var rows = new TheoryData<Failing, int, int>();
        foreach (var seconds in (int[])[2, 20, 600])
        {
            foreach (var connections in (int[])[1, 3, 2_000])
            {
                foreach (var failing in (Failing[])[Failing.Refused, Failing.Error500, Failing.Hang]) rows.Add(failing, seconds, connections);
            }
        }

        // To the worker these look like a refused connection; OutageOverSocketsTests has how they come about.
        foreach (var failing in (Failing[])[Failing.Reset, Failing.NoSuchName, Failing.TlsAlert, Failing.ExpiredCertificate]) rows.Add(failing, 20, 3);
        return rows;
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Outages))]
    public async Task An_outage_of_everybody_holds_the_messages_until_it_is_over(Failing failing, int seconds, int connections)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(connections, "blue");
        await fanOut.ConsumeAsync("m1", "1", "blue");
        var outage = new Outage(fanOut, failing, _ => true, afterPosts: connections / 3);

        var consuming = fanOut.ConsumeAsync("m2", "2", "blue");
        await Patiently.UntilAsync("the outage to be noticed", () => outage.HasFailed, Cancellation);
        var next = fanOut.ConsumeAsync("m3", "3", "blue");
        var ended = await outage.PassAsync(TimeSpan.FromSeconds(seconds), last: () => Assert.False(next.IsCompleted));
        await fanOut.PassTimeUntilAsync(() => next.IsCompleted && fanOut.IsIdle);

        Assert.InRange(fanOut.Time.GetUtcNow() - ended, TimeSpan.Zero, GoesOnWithin);
        await Task.WhenAll(consuming, next);
        Assert.All(ids, id => Assert.Equal(["Echo: 1", "Echo: 2", "Echo: 3"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Theory(Timeout = 60_000)]
    [MemberData(nameof(Outages))]
    public async Task An_outage_of_one_endpoint_among_good_ones_makes_only_its_connections_wait(Failing failing, int seconds, int connections)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(connections, "blue", number => number % 100 == 0 ? Dead : Good);
        fanOut.AddConnections(1, "red");
        await fanOut.ConsumeAsync("r1", "1", "red");
        await fanOut.ConsumeAsync("m1", "1", "blue");
        var outage = new Outage(fanOut, failing, host => host.StartsWith("old", StringComparison.Ordinal), afterPosts: 0);

        var consuming = fanOut.ConsumeAsync("m2", "2", "blue");
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted); // a post that hangs is waited for, as ever
        await consuming;
        var next = fanOut.ConsumeAsync("m3", "3", "blue");
        await fanOut.PassTimeUntilAsync(() => next.IsCompleted);
        await next;
        Assert.All(ids.Where((_, number) => number % 100 > 0), id =>
            Assert.Equal(["Echo: 1", "Echo: 2", "Echo: 3"], fanOut.Gateway.DeliveredTo(id)));
        var ended = await outage.PassAsync(TimeSpan.FromSeconds(seconds));
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.InRange(fanOut.Time.GetUtcNow() - ended, TimeSpan.Zero, GoesOnWithin);
        Assert.All(ids, id => Assert.Equal(["Echo: 1", "Echo: 2", "Echo: 3"], fanOut.Gateway.DeliveredTo(id)));
        Assert.True(fanOut.Services.GetRequiredService<QueueGate>() is { IsOpen: true, Trouble: null });
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_is_killed_in_an_outage_leaves_a_page_of_repeats_at_most()
    {
        var rooms = new RoomsInMemory();
        using var kill = new CancellationTokenSource();
        await using var killed = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken, rooms);
        var ids = killed.AddConnections(2_000, "blue");
        var outage = new Outage(killed, Failing.Refused, _ => true, afterPosts: 1_700);
        var consuming = killed.ConsumeAsync("m1", "1", "blue", kill: kill);
        await Patiently.UntilAsync("the outage to be noticed", () => outage.HasFailed, Cancellation);
        await killed.PassTimeUntilAsync(() => killed.Gateway.Questions.Count > 3);
        await kill.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => consuming);

        await using var next = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken, rooms);
        await next.ConsumeAsync("m1", "1", "blue", isRedelivered: true);
        await next.PassTimeUntilAsync(() => next.IsIdle);

        Assert.All(ids, id => Assert.NotEmpty(killed.Gateway.DeliveredTo(id).Concat(next.Gateway.DeliveredTo(id))));
        Assert.InRange(
            ids.Count(id => killed.Gateway.DeliveredTo(id).Any() && next.Gateway.DeliveredTo(id).Any()), 0, new FanOutOptions().PageSize);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_room_of_one_whose_connection_fails_while_the_gateway_answers_is_no_outage()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(1, "blue");
        fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.InternalServerError);

        await fanOut.ConsumeAsync("m1", "1", "blue");
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.Equal(new FanOutOptions().Attempts, fanOut.Gateway.Requests.Count);
        Assert.NotEmpty(fanOut.Gateway.Questions);
        Assert.All(fanOut.Gateway.Questions, question => Assert.Equal("", question.Body));
        Assert.DoesNotContain(fanOut.Logs.Lines, line => line.Contains("held", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_that_fail_while_others_are_answered_are_no_outage_however_many_they_are()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(40, "blue");
        var failing = ids.Take(10).ToHashSet();
        var answered = 0;
        var othersAreAnswered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        fanOut.Gateway.OnRequest = async (post, _) =>
        {
            bool fails;
            lock (failing) fails = failing.Remove(post.ConnectionId);
            if (fails) await othersAreAnswered.Task;
            else if (Interlocked.Increment(ref answered) == 30) othersAreAnswered.SetResult();
            return await RecordingGateway.Answer(fails ? HttpStatusCode.BadGateway : HttpStatusCode.OK);
        };

        await fanOut.ConsumeAsync("m1", "1", "blue");
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.DoesNotContain(fanOut.Logs.Lines, line => line.Contains("held", StringComparison.Ordinal));
        Assert.All(ids, id => Assert.Equal(["Echo: 1"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_that_were_under_way_when_the_outage_began_are_held_although_others_were_answered_just_before()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(30, "blue");
        await fanOut.ConsumeAsync("m1", "1", "blue");
        var outage = new Outage(fanOut, Failing.Hang, _ => true, afterPosts: 20);

        var consuming = fanOut.ConsumeAsync("m2", "2", "blue");
        await outage.PassAsync(TimeSpan.FromSeconds(20));
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted && fanOut.IsIdle);

        Assert.All(ids, id => Assert.Equal(["Echo: 1", "Echo: 2"], fanOut.Gateway.DeliveredTo(id)));
        Assert.Empty(fanOut.Sqs.SentTo(QueueNames.Late)); // nobody is late
    }

    [Fact(Timeout = 60_000)]
    public async Task Where_every_post_fails_although_the_gateway_answers_posts_are_held_and_other_rooms_are_tried()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var blue = fanOut.AddConnections(20, "blue");
        var red = fanOut.AddConnections(1, "red");
        var isMended = false;
        fanOut.Gateway.OnRequest = (post, _) => RecordingGateway.Answer(
            isMended || red.Contains(post.ConnectionId) ? HttpStatusCode.OK : HttpStatusCode.InternalServerError);

        var consuming = fanOut.ConsumeAsync("m1", "1", "blue");
        var start = fanOut.Time.GetUtcNow();
        await fanOut.PassTimeUntilAsync(() => fanOut.Time.GetUtcNow() - start > TimeSpan.FromMinutes(1));
        Assert.False(consuming.IsCompleted);
        Assert.InRange(fanOut.Gateway.Requests.Count, 60, 20 + 120); // all of them once, and then one after each question
        Assert.All(blue, id => Assert.InRange(fanOut.Gateway.Requests.Count(post => post.ConnectionId == id), 2, 8));
        Assert.True(GateOf(fanOut).IsOpen);
        Assert.Contains("answers, but no post succeeds", GateOf(fanOut).Trouble!, StringComparison.Ordinal);

        var other = fanOut.ConsumeAsync("m2", "2", "red");
        start = fanOut.Time.GetUtcNow();
        await fanOut.PassTimeUntilAsync(() => other.IsCompleted);
        Assert.Equal(["Echo: 2"], fanOut.Gateway.DeliveredTo(red[0]));
        Assert.InRange(fanOut.Time.GetUtcNow() - start, TimeSpan.Zero, TimeSpan.FromSeconds(3)); // before those that failed already

        isMended = true;
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted && fanOut.IsIdle);
        Assert.All(blue, id => Assert.Equal(["Echo: 1"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Where_only_the_question_fails_a_held_post_is_made_now_and_then_and_its_answer_ends_the_outage(int connections)
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(connections, "blue");
        var isMended = false;
        fanOut.Gateway.OnQuestion = (_, _) => RecordingGateway.Answer(HttpStatusCode.InternalServerError);
        fanOut.Gateway.OnRequest = (_, _) =>
            RecordingGateway.Answer(isMended ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable);

        var consuming = fanOut.ConsumeAsync("m1", "1", "blue");
        var start = fanOut.Time.GetUtcNow();
        await fanOut.PassTimeUntilAsync(() => fanOut.Time.GetUtcNow() - start > TimeSpan.FromMinutes(1));
        Assert.InRange(fanOut.Gateway.Requests.Count, connections + 10, connections + 30); // perhaps they arrive, and only answers are lost
        var fewest = ids.Min(id => fanOut.Gateway.Requests.Count(post => post.ConnectionId == id));
        Assert.All(ids, id => Assert.InRange(fanOut.Gateway.Requests.Count(post => post.ConnectionId == id), fewest, fewest + 1));

        isMended = true;
        var mended = fanOut.Time.GetUtcNow();
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted && fanOut.IsIdle);
        Assert.InRange(fanOut.Time.GetUtcNow() - mended, TimeSpan.Zero, GoesOnWithin);
        Assert.All(ids, id => Assert.Equal(["Echo: 1"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Where_every_post_hangs_although_the_gateway_answers_it_is_not_back_while_those_let_through_are_under_way()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(5, "blue");
        var isMended = false;
        fanOut.Gateway.OnRequest = (_, cancellation) =>
            isMended ? RecordingGateway.Answer(HttpStatusCode.OK) : fanOut.Gateway.HangAsync(cancellation);

        var consuming = fanOut.ConsumeAsync("m1", "1", "blue");
        var start = fanOut.Time.GetUtcNow();
        await fanOut.PassTimeUntilAsync(() => fanOut.Time.GetUtcNow() - start > TimeSpan.FromMinutes(2));
        Assert.DoesNotContain(fanOut.Logs.Lines, line => line.Contains("go on after", StringComparison.Ordinal));
        isMended = true;
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted && fanOut.IsIdle);

        Assert.All(ids, id => Assert.Equal(["Echo: 1"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Questions_that_hang_do_not_keep_it_from_asking_again()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(5, "blue");
        var outage = new Outage(fanOut, Failing.Hang, _ => true, afterPosts: 0);
        var consuming = fanOut.ConsumeAsync("m1", "1", "blue");

        await outage.PassAsync(TimeSpan.FromMinutes(1));
        Assert.InRange(fanOut.Gateway.Questions.Count, 20, 60); // were they waited for as posts are, there would be 16
        var over = fanOut.Time.GetUtcNow();
        await fanOut.PassTimeUntilAsync(() => fanOut.Logs.Lines.Any(line => line.Contains("go on after", StringComparison.Ordinal)));

        Assert.InRange(fanOut.Time.GetUtcNow() - over, TimeSpan.Zero, TimeSpan.FromSeconds(2));
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted && fanOut.IsIdle);
        Assert.All(ids, id => Assert.Equal(["Echo: 1"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_answers_later_than_a_question_is_waited_for_is_found_to_be_back_by_a_held_post()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var ids = fanOut.AddConnections(5, "blue");
        var isMended = false;
        fanOut.Gateway.OnQuestion = fanOut.Gateway.OnRequest = (post, cancellation) => isMended
            ? fanOut.Gateway.AnswerLateAsync(
                TimeSpan.FromSeconds(2), fanOut.Time, post.IsQuestion ? HttpStatusCode.Gone : HttpStatusCode.OK, cancellation)
            : RecordingGateway.Answer(HttpStatusCode.ServiceUnavailable);
        var consuming = fanOut.ConsumeAsync("m1", "1", "blue");
        var start = fanOut.Time.GetUtcNow();
        await fanOut.PassTimeUntilAsync(() => fanOut.Time.GetUtcNow() - start > TimeSpan.FromSeconds(20));

        isMended = true;
        var mended = fanOut.Time.GetUtcNow();
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted && fanOut.IsIdle);

        Assert.InRange(fanOut.Time.GetUtcNow() - mended, TimeSpan.Zero, TimeSpan.FromSeconds(15));
        Assert.All(ids, id => Assert.Equal(["Echo: 1"], fanOut.Gateway.DeliveredTo(id)));
    }

    [Fact(Timeout = 60_000)]
    public async Task While_the_gateway_is_out_of_reach_no_more_messages_are_taken_and_the_reason_is_told_and_measured()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        using var meters = new RecordingMeters(instrument => ReferenceEquals(instrument.Meter.Scope, fanOut.Meters));
        fanOut.AddConnections(3, "blue");
        await fanOut.ConsumeAsync("m1", "1", "blue");
        Assert.Equal(1, meters.Ask("chatevents.gateway.reachable"));
        var outage = new Outage(fanOut, Failing.Refused, _ => true, afterPosts: 0);

        var consuming = fanOut.ConsumeAsync("m2", "2", "blue");
        await Patiently.UntilAsync("the gate to close", () => !GateOf(fanOut).IsOpen, Cancellation);
        var waiting = GateOf(fanOut).WaitUntilOpenAsync(Cancellation);
        var ready = await fanOut.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(
            check => check.Tags.Contains(HealthEndpoints.Readiness) && !check.Tags.Contains(HealthEndpoints.Container), Cancellation);
        Assert.Equal((HealthStatus.Unhealthy, GateOf(fanOut).Trouble), (ready.Status, ready.Entries["Gateway"].Description));
        Assert.Equal(
            "The gateway at https://ws.example.com/prod is out of reach since 2026-11-21T12:00:00.0000000+00:00: Connection refused.",
            GateOf(fanOut).Trouble);
        Assert.Equal(0, meters.Ask("chatevents.gateway.reachable"));
        await outage.PassAsync(TimeSpan.FromSeconds(10), last: () => Assert.False(waiting.IsCompleted));
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted);

        await waiting;
        Assert.Null(GateOf(fanOut).Trouble);
        Assert.Equal(1, meters.Ask("chatevents.gateway.reachable"));
        Assert.Single(fanOut.Logs.Lines, line => line.StartsWith("Warning: No post to the gateway at https://ws.example.com/prod", StringComparison.Ordinal));
        Assert.Single(fanOut.Logs.Lines, line => line.Contains("go on after 1", StringComparison.Ordinal));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_endpoint_that_never_served_anybody_holds_its_room_and_not_the_queues()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(1, "odd", _ => Dead);
        var blue = fanOut.AddConnections(2, "blue");
        _ = new Outage(fanOut, Failing.NoSuchName, host => host.StartsWith("old", StringComparison.Ordinal), afterPosts: 0);

        var odd = fanOut.ConsumeAsync("o1", "1", "odd");
        await Patiently.UntilAsync("trouble", () => GateOf(fanOut).Trouble is not null, Cancellation);
        Assert.True(GateOf(fanOut).IsOpen);
        await fanOut.ConsumeAsync("m1", "1", "blue");

        Assert.All(blue, id => Assert.Equal(["Echo: 1"], fanOut.Gateway.DeliveredTo(id)));
        await fanOut.PassTimeUntilAsync(() => odd.IsCompleted); // it is owed to its connection now, and holds up nobody
        await odd;
        Assert.Null(GateOf(fanOut).Trouble);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_that_starts_in_an_outage_takes_no_more_messages_than_it_needs_to_see_it()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(
            TestContext.Current.CancellationToken, configure: options => options.CallbackEndpoint = Good);
        fanOut.AddConnections(1, "blue");
        var outage = new Outage(fanOut, Failing.Refused, _ => true, afterPosts: 0);

        var consuming = fanOut.ConsumeAsync("m1", "1", "blue");
        await Patiently.UntilAsync("the gate to close", () => !GateOf(fanOut).IsOpen, Cancellation);
        await outage.PassAsync(TimeSpan.FromSeconds(2));
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted);

        Assert.True(GateOf(fanOut).IsOpen);
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_endpoints_that_are_out_of_reach_together_close_the_gate_when_both_were_posted_to()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(1, "blue");
        fanOut.AddConnections(1, "red", _ => Dead);
        await fanOut.ConsumeAsync("m1", "1", "blue");
        await fanOut.ConsumeAsync("m2", "2", "red");
        fanOut.Time.Advance(TimeSpan.FromMinutes(1));
        var outage = new Outage(fanOut, Failing.Refused, _ => true, afterPosts: 0);

        var blue = fanOut.ConsumeAsync("m3", "3", "blue");
        await Patiently.UntilAsync("trouble", () => GateOf(fanOut).Trouble is not null, Cancellation);
        Assert.True(GateOf(fanOut).IsOpen); // nothing was heard of the other one for a minute: perhaps it answers
        var red = fanOut.ConsumeAsync("m4", "4", "red");
        await Patiently.UntilAsync("the gate to close", () => !GateOf(fanOut).IsOpen, Cancellation);
        await outage.PassAsync(TimeSpan.FromSeconds(20));
        await fanOut.PassTimeUntilAsync(() => blue.IsCompleted && red.IsCompleted && GateOf(fanOut).IsOpen);

        Assert.Equal(["Echo: 1", "Echo: 3"], fanOut.Gateway.DeliveredTo("blue-00000="));
        Assert.Equal(["Echo: 2", "Echo: 4"], fanOut.Gateway.DeliveredTo("red-00000="));
        Assert.Empty(fanOut.Sqs.SentTo(QueueNames.Late)); // nobody was late
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_too_old_is_held_no_longer()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(
            TestContext.Current.CancellationToken, configure: options => options.MaxMessageAge = TimeSpan.FromSeconds(30));
        fanOut.AddConnections(2, "blue");
        var outage = new Outage(fanOut, Failing.Refused, _ => true, afterPosts: 0);

        var consuming = fanOut.ConsumeAsync("m1", "1", "blue");
        await Patiently.UntilAsync("the outage to be noticed", () => outage.HasFailed, Cancellation);
        await fanOut.PassTimeUntilAsync(() => consuming.IsCompleted && fanOut.IsIdle
            && fanOut.Logs.Lines.Any(line => line.Contains("was not delivered to 2 connections", StringComparison.Ordinal)));

        await consuming;
        Assert.InRange(fanOut.Time.GetUtcNow() - outage.BegunAt, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(50));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_fails_everywhere_in_a_quiet_room_is_given_up_when_it_is_too_old_and_the_next_is_delivered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await FanOutUnderTest.StartAsync(
            cancellation, configure: options => options.MaxMessageAge = TimeSpan.FromSeconds(30));
        var ids = fanOut.AddConnections(20, "blue");
        fanOut.Gateway.OnRequest = (post, _) =>
            RecordingGateway.Answer(post.Body == "Echo: bad" ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);

        var bad = fanOut.ConsumeAsync("m1", "bad", "blue");
        await Patiently.UntilAsync("trouble", () => GateOf(fanOut).Trouble is not null, TestContext.Current.CancellationToken);
        var good = fanOut.ConsumeAsync("m2", "good", "blue"); // as old
        await fanOut.PassTimeUntilAsync(() => good.IsCompleted && fanOut.IsIdle);

        await Task.WhenAll(bad, good);
        Assert.All(ids, id => Assert.Equal(["Echo: good"], fanOut.Gateway.DeliveredTo(id)));
        Assert.Null(GateOf(fanOut).Trouble);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_is_refused_behind_an_outage_has_as_much_time_to_read_as_any()
    {
        await using var fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnections(1, "blue");
        fanOut.AddConnections(1, "red", _ => Dead);
        await fanOut.ConsumeAsync("m0", "0", "red");
        await fanOut.ConsumeAsync("m1", "1", "blue");
        var outage = new Outage(fanOut, Failing.Refused, host => host.StartsWith("ws", StringComparison.Ordinal), afterPosts: 0);
        await fanOut.ConsumeAsync("m2", "2", "blue"); // late from now on, because the other endpoint is there
        var refusals = 0;
        outage.Otherwise = (_, _) => RecordingGateway.Answer(++refusals < 8 ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK);

        await outage.PassAsync(TimeSpan.FromMinutes(9));
        await fanOut.PassTimeUntilAsync(() => fanOut.IsIdle);

        Assert.Equal(["Echo: 1", "Echo: 2"], fanOut.Gateway.DeliveredTo("blue-00000="));
        Assert.DoesNotContain(fanOut.Gateway.Requests, request => request.Method == HttpMethod.Delete);
    }

    private static QueueGate GateOf(FanOutUnderTest fanOut) => fanOut.Services.GetRequiredService<QueueGate>();

    /// <summary>A gateway that fails from some post on, until the clock is moved past the end.</summary>
    private sealed class Outage
    {
        private readonly FanOutUnderTest _fanOut;
        private readonly Failing _failing;
        private readonly Func<string, bool> _isHit;
        private readonly int _afterPosts;
        private int _posts;
        private volatile bool _isOver;
        private volatile bool _hasFailed;

        public Outage(FanOutUnderTest fanOut, Failing failing, Func<string, bool> isHit, int afterPosts)
        {
            (_fanOut, _failing, _isHit, _afterPosts, BegunAt) = (fanOut, failing, isHit, afterPosts, fanOut.Time.GetUtcNow());
            fanOut.Gateway.OnRequest = AnswerAsync;
            fanOut.Gateway.OnQuestion = AnswerAsync;
        }

        public DateTimeOffset BegunAt { get; }

        public bool HasFailed => _hasFailed;

        /// <summary>What is answered to posts that the outage does not hit.</summary>
        public Func<RecordedPost, CancellationToken, Task<HttpResponseMessage>> Otherwise { get; set; } =
            (_, _) => RecordingGateway.Answer(HttpStatusCode.OK);

        private DateTimeOffset Now => _fanOut.Time.GetUtcNow();

        /// <summary>Moves the clock to the end, or a little further, and ends the outage.</summary>
        /// <param name="length">How long it lasts.</param>
        /// <param name="last">Done while it still lasts; afterwards the worker goes on at once.</param>
        public async Task<DateTimeOffset> PassAsync(TimeSpan length, Action? last = null)
        {
            var end = BegunAt + length;
            if (length > TimeSpan.FromMinutes(1))
            {
                // Nothing happens in the middle but questions, which a clock that jumps skips.
                await _fanOut.PassTimeUntilAsync(() => Now - BegunAt > TimeSpan.FromSeconds(10));
                _fanOut.Time.Advance(end - TimeSpan.FromSeconds(10) - Now);
            }

            await _fanOut.PassTimeUntilAsync(() => Now >= end);
            await _fanOut.UntilQuietAsync(); // else of two questions at the same time one could find it over
            last?.Invoke();
            _isOver = true;
            return Now;
        }

        private Task<HttpResponseMessage> AnswerAsync(RecordedPost post, CancellationToken cancellation)
        {
            if (_isOver || !_isHit(post.Host) || (!post.IsQuestion && Interlocked.Increment(ref _posts) <= _afterPosts))
                return post.IsQuestion ? RecordingGateway.Answer(HttpStatusCode.Gone) : Otherwise(post, cancellation);

            _hasFailed = true;
            return _failing switch
            {
                Failing.Error500 => RecordingGateway.Answer(HttpStatusCode.InternalServerError),
                Failing.Hang => _fanOut.Gateway.HangAsync(cancellation),
                _ => Task.FromException<HttpResponseMessage>(new HttpRequestException("The post failed.", CauseOf(_failing))),
            };
        }

        private static Exception CauseOf(Failing failing) => failing switch
        {
            Failing.Refused => new SocketException((int)SocketError.ConnectionRefused, "Connection refused"),
            Failing.Reset => new IOException("The response ended prematurely."),
            Failing.NoSuchName => new SocketException((int)SocketError.HostNotFound, "Name or service not known"),
            Failing.TlsAlert => new AuthenticationException("Cannot determine the frame size or a corrupted frame was received."),
            _ => new AuthenticationException("The remote certificate is invalid because of errors in the certificate chain: NotTimeValid"),
        };
    }
}
