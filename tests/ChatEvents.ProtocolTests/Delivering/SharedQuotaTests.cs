using System.Diagnostics.Metrics;
using ChatEvents.FanOut.Delivering;
using ChatEvents.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>
/// Workers that know nothing of each other share the quota of one account. The clock of the workers and of the gateway's token bucket
/// stands still while there is anything to do that takes no time on it, so that a machine under load only makes the test longer.
/// </summary>
public sealed class SharedQuotaTests(EmulatorsFixture emulators)
{
    private const int Quota = 2_000;
    private const int Workers = 4;
    private const int Connections = 100;
    private const int MessagesPerRoom = 5;
    private const int RoomCount = 32;
    private const int AllPosts = Connections * MessagesPerRoom * RoomCount;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(5);

    /// <summary>
    /// At so many looks in a row nothing has changed: a worker that has no post waiting for its turn then waits for the clock, as for the next
    /// try of those who are late. Or for SQS and DynamoDB, whose time so passes much slower on the clock than it does.
    /// </summary>
    private const int Still = 8;

    /// <summary>Until then the workers find out what they share: they begin with ten times as much.</summary>
    private static readonly TimeSpan FindingOut = TimeSpan.FromSeconds(1.5);

    private static readonly string[] Rooms = [.. Enumerable.Range(0, RoomCount).Select(room => $"room-{room:00}")];

    /// <summary>What each client gets, once each and in order.</summary>
    private static IEnumerable<string> ExpectedIn(string room) =>
        Enumerable.Range(0, MessagesPerRoom).Select(message => $"Echo: {room} {message}");

    private static bool IsIn(string room, string text) => text.Contains($" {room} ", StringComparison.Ordinal);

    [Fact(Timeout = 180_000)]
    public async Task Four_workers_under_one_quota_use_nearly_all_of_it_are_seldom_refused_and_lose_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTime();
        await using var system = await FanOutSystem.StartAsync(
            emulators, cancellation, options => (options.Throttle.RequestsPerSecond, options.Throttle.Burst) = (Quota, Quota / 2), time);
        var clients = await system.ConnectAsync(Connections, Rooms);
        for (var message = 0; message < MessagesPerRoom; message++)
        {
            foreach (var room in Rooms) await system.SayAsync($"{room} {message}", room);
        }

        // One factory for the meters of all workers, listened to before the first post.
        await using var metering = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var factory = metering.GetRequiredService<IMeterFactory>();
        using var meters = new RecordingMeters(instrument =>
            instrument.Name is "chatevents.posts" or "chatevents.posts.in_flight" && ReferenceEquals(instrument.Meter.Scope, factory));
        var pacers = new List<PostPacer>();
        for (var worker = 0; worker < Workers; worker++)
        {
            // So few in hand that no worker takes the rooms of all others: it would have no quota for them. The queue's own clock does not
            // stand still, so a message stays hidden for longer than the test runs: leases are renewed by the workers' clock.
            var started = await system.StartWorkerAsync(
                builder => builder.Services.AddSingleton(factory),
                ("FanOut:Queue:MaxInHand", "4"),
                ("FanOut:Queue:VisibilityTimeout", "00:10:00"));
            pacers.Add(started.Services.GetRequiredService<PostPacer>());
        }

        var posts = new Posts(meters);

        await PassTimeUntilAsync(() => posts.Accepted > 0);
        var findsOutUntil = time.GetUtcNow() + FindingOut;
        await PassTimeUntilAsync(() => time.GetUtcNow() >= findsOutUntil);
        var (begunAt, accepted, refused) = (time.GetUtcNow(), posts.Accepted, posts.Refused);
        await PassTimeUntilAsync(() => posts.Accepted >= 0.9 * AllPosts); // at the very end there is not enough left for all of them
        var quota = Quota * (time.GetUtcNow() - begunAt).TotalSeconds;
        (accepted, refused) = (posts.Accepted - accepted, posts.Refused - refused);
        await PassTimeUntilAsync(() => clients.All(client => client.Received.Count >= MessagesPerRoom * Rooms.Length));

        TestContext.Current.TestOutputHelper!.WriteLine(
            $"{accepted / quota:P1} of the quota used, {refused / (accepted + refused):P1} of the posts refused");
        Assert.True(accepted >= 0.95 * quota, $"{accepted} posts of {quota:0} were made");
        Assert.True(refused < 0.05 * (accepted + refused), $"{refused} of {accepted + refused} posts were refused");
        Assert.All(clients, client => Assert.All(Rooms, room => Assert.Equal(ExpectedIn(room), client.Received.Where(text => IsIn(room, text)))));

        async Task PassTimeUntilAsync(Func<bool> holds)
        {
            using var pace = new PeriodicTimer(Step, TimeProvider.System); // never faster than a clock on the wall
            var (seen, still) = (0d, 0);
            while (!holds())
            {
                await pace.WaitForNextTickAsync(cancellation);
                var now = posts.Accepted + posts.Refused + pacers.Sum(pacer => pacer.Waiting);
                (seen, still) = (now, now == seen ? still + 1 : 0);
                if (posts.InFlight > 0 || (still < Still && pacers.Exists(pacer => pacer.Waiting == 0))) continue;
                time.Advance(Step);
                still = 0;
            }
        }
    }

    /// <summary>What all workers posted, as the gateway's bucket decided.</summary>
    private sealed class Posts(RecordingMeters meters)
    {
        public double InFlight => meters.Ask("chatevents.posts.in_flight");

        public double Accepted => meters.SumOf("chatevents.posts", "outcome=delivered");

        public double Refused => meters.SumOf("chatevents.posts", "outcome=throttled");
    }
}
