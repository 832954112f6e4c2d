using System.Globalization;
using System.Net;
using ChatEvents.FanOut;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// Fan-out workers that end in the midst of broadcasts, by SIGKILL or by SIGTERM. Where and when is up to chance: CRASH_SEED repeats the
/// choices of a run, though not what they meet.
/// </summary>
public sealed class KilledFanOutTests
{
    private const int Connections = 20_000;

    /// <summary>What a worker takes at most to finish or hand back what it holds.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(25);

    /// <summary>Messages that wait behind the one in hand.</summary>
    private const int Ahead = 2;

    private static readonly int PageSize = new FanOutOptions().PageSize;

    private static readonly int[] Alive = [.. Enumerable.Range(0, Connections).Where(connection => !IsGone(connection))];

    private static readonly int Prompt = Alive.Count(connection => !Stumbles(connection) && !IsSlow(connection));

    [Theory(Timeout = 400_000)]
    [InlineData(20, 32_000)]
    [InlineData(6, 16_000)] // so that the room is divided
    public async Task Killed_again_and_again_they_lose_nothing_repeat_a_page_each_time_at_most_and_keep_the_order(int kills, int divideAbove) =>
        await EndAgainAndAgainAsync(
            kills,
            fanOut => fanOut.KillWorkerAsync(),
            mayDivide: divideAbove < Connections,
            TestContext.Current.CancellationToken,
            $"--FanOut:DivideAbove={divideAbove}");

    /// <remarks>A walk takes five seconds, and all that a worker may take to stop is two: most have to hand it back.</remarks>
    [Fact(Timeout = 400_000)]
    public async Task Told_to_stop_in_the_midst_of_it_they_end_in_time_and_the_next_repeat_a_page_at_most() =>
        await EndAgainAndAgainAsync(
            5,
            StopInTimeAsync,
            mayDivide: false,
            TestContext.Current.CancellationToken,
            "--FanOut:PostsPerSecond=4000",
            "--shutdownTimeoutSeconds=2");

    private static async Task EndAgainAndAgainAsync(
        int ends, Func<MortalFanOut, Task> end, bool mayDivide, CancellationToken cancellation, params string[] settings)
    {
        var seed = int.TryParse(Environment.GetEnvironmentVariable("CRASH_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out var asked)
            ? asked
            : (int)(TimeProvider.System.GetUtcNow().Ticks % 1_000_000);
        TestContext.Current.TestOutputHelper!.WriteLine($"CRASH_SEED={seed}");
        var random = new Random(seed);
        await using var sink = await CountingSink.StartAsync(Connections, Answer);
        await using var fanOut = await MortalFanOut.StartAsync(
            sink,
            Connections,
            [
                $"--FanOut:PageSize={PageSize}",
                "--FanOut:Attempts=10",
                "--FanOut:MaxRetryDelay=00:00:00.300",
                "--FanOut:ParkedFor=00:10:00",
                "--FanOut:PostTimeout=00:00:30", // a machine at its limits is another fault, with repeats of its own
                .. settings,
            ]);

        var deaths = new List<Death>();
        for (var inHand = 0; deaths.Count < ends;)
        {
            while (fanOut.Posted <= inHand + Ahead) await fanOut.PostAsync();
            await fanOut.StartWorkerAsync();
            await UntilTimeToEndAsync(random, deaths.Count, fanOut.Worker, inHand, sink);
            await end(fanOut);
            while (sink.ReachedBy(inHand).Count == Prompt) inHand++;
            deaths.Add(new Death(fanOut.Worker, inHand, sink.ReachedBy(inHand).Count));
        }

        await fanOut.StartWorkerAsync();
        var expected = Enumerable.Range(0, fanOut.Posted).ToList();
        foreach (var message in expected) await sink.UntilReachedAsync(message, Prompt);
        await Patiently.UntilAsync(
            $"every message at everyone (CRASH_SEED={seed})",
            () => Alive.All(connection => sink.ArrivalsAt(connection).DistinctBy(arrival => arrival.Message).Count() == fanOut.Posted),
            cancellation,
            TimeSpan.FromSeconds(60));
        await StopInTimeAsync(fanOut);

        AssertOrder(sink, expected, seed);
        var repeats = RepeatsIn(sink).ToList();
        AssertAPageIsRepeated(repeats, deaths, fanOut, seed);

        // The shards of a divided room come in any order.
        if (!mayDivide) AssertNoneBeganAgain(sink, repeats, deaths, seed);
    }

    private static async Task StopInTimeAsync(MortalFanOut fanOut)
    {
        var told = TimeProvider.System.GetTimestamp();
        Assert.Equal(0, await fanOut.StopWorkerAsync());
        Assert.InRange(TimeProvider.System.GetElapsedTime(told), TimeSpan.Zero, StopTimeout);
    }

    /// <summary>Mostly anywhere in a walk, but also when it has just begun to receive, and at the last delivery.</summary>
    private static Task UntilTimeToEndAsync(Random random, int kill, int worker, int inHand, CountingSink sink) => (kill % 8) switch
    {
        3 => Task.CompletedTask,
        6 => sink.UntilReachedAsync(inHand, Prompt),
        _ => sink.UntilDeliveredAsync(worker, random.Next(1, Connections)),
    };

    private static HttpStatusCode Answer(int connection, int attempts) => connection switch
    {
        _ when IsGone(connection) => HttpStatusCode.Gone,
        _ when Stumbles(connection) && attempts < 2 => HttpStatusCode.ServiceUnavailable,
        _ when IsSlow(connection) && attempts < 5 => HttpStatusCode.TooManyRequests,
        _ => HttpStatusCode.OK,
    };

    private static bool IsGone(int connection) => connection % 500 == 7;

    private static bool Stumbles(int connection) => connection % 400 == 11;

    /// <summary>A single one: more would be taken for the account.</summary>
    private static bool IsSlow(int connection) => connection == 4_321;

    private static void AssertOrder(CountingSink sink, IReadOnlyList<int> expected, int seed)
    {
        foreach (var connection in Alive)
        {
            var got = sink.ArrivalsAt(connection).Select(arrival => arrival.Message).Distinct();
            Assert.True(expected.SequenceEqual(got), $"Connection {connection} got {string.Join(", ", got)} (CRASH_SEED={seed}).");
        }
    }

    private static void AssertAPageIsRepeated(IReadOnlyList<Repeat> repeats, IReadOnlyList<Death> deaths, MortalFanOut fanOut, int seed)
    {
        var byFirst = repeats.ToLookup(repeat => repeat.DeliveredBy);
        for (var worker = 1; worker <= fanOut.Worker; worker++)
        {
            // A lease that a busy machine lost interrupts a walk as a death does.
            var death = deaths.FirstOrDefault(death => death.Worker == worker);
            var interruptions = (death is null ? 0 : 1) + fanOut.LeasesLostBy(worker);
            var count = byFirst[worker].Count();
            TestContext.Current.TestOutputHelper!.WriteLine($"{count} of the posts of worker {worker} were repeated; {death}");
            Assert.True(
                count <= interruptions * PageSize,
                $"{count} of the posts of worker {worker} were repeated; {death} (CRASH_SEED={seed}). It said:\n{fanOut.TroubleOf(worker)}");
        }
    }

    private static void AssertNoneBeganAgain(CountingSink sink, IReadOnlyList<Repeat> repeats, IReadOnlyList<Death> deaths, int seed)
    {
        var late = deaths.Where(death => death.Reached > 2 * PageSize).ToList();
        Assert.True(late.Count >= deaths.Count / 4, $"Only {late.Count} deaths were late enough to tell (CRASH_SEED={seed}).");
        foreach (var death in late)
        {
            var onRecord = sink.ReachedBy(death.Message).Take(death.Reached - PageSize).ToHashSet();
            var begunAgain = repeats.Count(repeat =>
                repeat.RepeatedBy > death.Worker && repeat.Message == death.Message && onRecord.Contains(repeat.Connection));
            Assert.True(begunAgain == 0, $"{begunAgain} connections that had been on record were posted to again after {death} (CRASH_SEED={seed}).");
        }
    }

    private static IEnumerable<Repeat> RepeatsIn(CountingSink sink)
    {
        foreach (var connection in Alive)
        {
            var deliveredBy = new Dictionary<int, int>();
            foreach (var (message, worker) in sink.ArrivalsAt(connection))
            {
                if (deliveredBy.TryGetValue(message, out var before)) yield return new Repeat(connection, message, before, worker);
                deliveredBy[message] = worker;
            }
        }
    }

    /// <param name="Worker">Who died.</param>
    /// <param name="Message">What it had in hand.</param>
    /// <param name="Reached">How many connections had got that.</param>
    private sealed record Death(int Worker, int Message, int Reached);

    private sealed record Repeat(int Connection, int Message, int DeliveredBy, int RepeatedBy);
}
