using System.Net;
using System.Text.RegularExpressions;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>
/// A deployment replaces workers as ECS does, one after the other and in the midst of it all: the new one is ready first, then the old one
/// is told to stop, says that it is not ready while it finishes what it has, and ends in time.
/// </summary>
public sealed partial class RollingReplacementTests(SeparateProgramsFixture programs) : IClassFixture<SeparateProgramsFixture>
{
    /// <summary>What ECS gives a task by default before it kills it is 30 s.</summary>
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(25);

    private const int PageSize = 4;

    /// <summary>
    /// A room is several pages, and a machine at its limits neither makes a post time out, nor a lease: both are faults with rules of their
    /// own, which allow more repeats.
    /// </summary>
    private static readonly string[] Patient =
        [$"--FanOut:PageSize={PageSize}", "--FanOut:PostTimeout=00:00:30", "--FanOut:Queue:VisibilityTimeout=00:00:20"];

    private static readonly TimeSpan Stay = TimeSpan.FromMilliseconds(200);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 240_000)]
    public async Task Fan_out_workers_replaced_in_a_storm_of_messages_lose_nothing_and_keep_the_order_of_each_room()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Clients = 40;

        // So slow that each worker has walks in hand when it is told to stop, and can finish them.
        string[] settings = [.. Patient, "--FanOut:PostsPerSecond=200"];
        string[] rooms = ["blue", "red", "green"];
        await ReplaceFanOutAsync(programs.FanOut, settings);
        var first = programs.FanOut;
        await programs.StartFanOutAsync(cancellation, settings);
        var second = programs.FanOut;
        var clients = await ConnectAsync(Clients, rooms);

        using var calm = new CancellationTokenSource();
        var storms = rooms.Select((room, i) => StormAsync(clients[i], room, calm.Token)).ToList();
        await clients[0].WaitForAsync(1, cancellation);
        HttpStatusCode[] answers = [.. await ReplaceFanOutAsync(first, settings)];
        var third = programs.FanOut;
        answers = [.. answers, .. await ReplaceFanOutAsync(second, settings)];

        // One of the two at least: which worker has a room in hand is up to chance, and who has none may end before it is asked.
        Assert.Contains(HttpStatusCode.ServiceUnavailable, answers);
        await calm.CancelAsync();
        foreach (var storm in storms)
        {
            await AssertHeardAsync(clients, await storm);
        }

        await DisconnectAsync(clients);
        await StopAsync(third, successor: programs.FanOut);
    }

    [Fact(Timeout = 240_000)]
    public async Task A_fan_out_worker_that_cannot_finish_in_time_hands_on_its_walk_and_a_page_of_it_may_be_repeated()
    {
        const int Clients = 24;
        // A walk takes six seconds, and all that the worker may take to stop is four.
        await ReplaceFanOutAsync(
            programs.FanOut, [.. Patient, "--FanOut:PostsPerSecond=4", "--shutdownTimeoutSeconds=4"]);
        var slow = programs.FanOut;
        var clients = await ConnectAsync(Clients, ["blue"]);

        using var calm = new CancellationTokenSource();
        var storm = StormAsync(clients[0], "blue", calm.Token);
        await Task.WhenAny(clients.Select(client => client.WaitForAsync(1, TestContext.Current.CancellationToken)));
        await ReplaceFanOutAsync(slow, Patient);
        await calm.CancelAsync();

        await AssertHeardAsync(clients, await storm);
        await DisconnectAsync(clients);
    }

    [Fact(Timeout = 240_000)]
    public async Task Registry_workers_replaced_while_clients_come_and_go_end_up_with_exactly_those_who_stayed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Clients = 20;
        await programs.Servers.UntilRegisteredAsync(0, cancellation);
        var first = programs.Registry;
        await programs.StartRegistryAsync(cancellation);
        var second = programs.Registry;

        using var calm = new CancellationTokenSource();
        var storm = Task.WhenAll(Enumerable.Range(0, Clients).Select(_ => ComeAndGoAsync(calm.Token)));
        await ReplaceRegistryAsync(first);
        await ReplaceRegistryAsync(second);
        await calm.CancelAsync();
        var stayed = await storm;
        await programs.Servers.UntilRegisteredAsync(Clients, cancellation);
        await programs.Servers.UntilRegistryIsIdleAsync(cancellation);
        await stayed[0].PostAsync("all here", cancellation);
        foreach (var client in stayed)
        {
            Assert.Equal(["Echo: all here"], await client.WaitForAsync(1, cancellation));
        }

        await DisconnectAsync(stayed);
    }

    private async Task<IReadOnlyList<HttpStatusCode>> ReplaceFanOutAsync(ChildProcess old, string[] settings)
    {
        await programs.StartFanOutAsync(Cancellation, settings);
        return await StopAsync(old, successor: programs.FanOut);
    }

    private async Task ReplaceRegistryAsync(ChildProcess old)
    {
        await programs.StartRegistryAsync(Cancellation);
        await StopAsync(old, successor: programs.Registry);
    }

    /// <returns>What the old worker answered when it was asked for its readiness from the signal to its end.</returns>
    private static async Task<IReadOnlyList<HttpStatusCode>> StopAsync(ChildProcess old, ChildProcess successor)
    {
        Assert.Equal(HttpStatusCode.OK, await ReadinessOfAsync(successor));
        Assert.Equal(HttpStatusCode.OK, await ReadinessOfAsync(old));

        var told = TimeProvider.System.GetTimestamp();
        old.Signal("TERM");
        var answers = new List<HttpStatusCode>();
        while (await ReadinessOfAsync(old) is { } answer)
        {
            answers.Add(answer);
        }

        Assert.Equal(0, await old.WaitForExitAsync(Cancellation));
        Assert.InRange(TimeProvider.System.GetElapsedTime(told), TimeSpan.Zero, StopTimeout);
        Assert.Equal(answers.OrderBy(answer => answer == HttpStatusCode.ServiceUnavailable), answers);
        return answers;
    }

    /// <returns>Null when nobody answers any more.</returns>
    private static async Task<HttpStatusCode?> ReadinessOfAsync(ChildProcess worker)
    {
        var listening = await worker.WaitForLineAsync(ListeningLine(), Cancellation);
        using var http = new HttpClient { BaseAddress = new Uri(ListeningLine().Match(listening).Groups["url"].Value) };
        try
        {
            using var answer = await http.GetAsync(new Uri("/health/ready", UriKind.Relative), Cancellation);
            return answer.StatusCode;
        }
        catch (HttpRequestException)
        {
            return null;
        }
    }

    private async Task<ChatClient[]> ConnectAsync(int count, string[] rooms)
    {
        await programs.Servers.UntilRegisteredAsync(0, Cancellation);
        var url = new Uri($"{programs.Url}?{string.Join('&', rooms.Select(room => $"room={room}"))}");
        var clients = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => ChatClient.ConnectAsync(url, Cancellation)));
        foreach (var room in rooms)
        {
            await programs.Servers.UntilInRoomAsync(room, count, Cancellation);
        }

        // Else it might find that they missed the first messages of a storm, and a worker that has not walked those would repeat them.
        await programs.Servers.UntilRegistryIsIdleAsync(Cancellation);
        return clients;
    }

    private async Task DisconnectAsync(ChatClient[] clients)
    {
        await Task.WhenAll(clients.Select(client => client.DisposeAsync().AsTask()));
        await programs.Servers.UntilRegisteredAsync(0, Cancellation);
    }

    /// <summary>Nobody misses a frame, all hear them in order, and each frame is repeated to a page of clients at most.</summary>
    private static async Task AssertHeardAsync(ChatClient[] clients, IReadOnlyList<string> posted)
    {
        var all = posted.ToHashSet();
        var repeats = new Dictionary<string, int>();
        foreach (var client in clients)
        {
            await client.UntilAsync(all.IsSubsetOf, Cancellation);
            var heard = client.Received().Where(all.Contains).ToList();
            Assert.Equal(posted, heard.Distinct());
            foreach (var frame in heard.GroupBy(frame => frame).Where(frame => frame.Count() > 1))
            {
                repeats[frame.Key] = repeats.GetValueOrDefault(frame.Key) + 1;
            }
        }

        Assert.All(repeats, frame => Assert.InRange(frame.Value, 1, PageSize));
    }

    /// <summary>Posts to a room, ten messages ahead of what it hears, until told to end.</summary>
    /// <returns>What everybody in the room is to receive.</returns>
    private static async Task<IReadOnlyList<string>> StormAsync(ChatClient sender, string room, CancellationToken calm)
    {
        const int Ahead = 10;
        var posted = new List<string>();
        while (!calm.IsCancellationRequested)
        {
            var message = $"{room} {posted.Count}";
            await sender.SendAsync($$"""{"action":"onMessage","room":"{{room}}","message":"{{message}}"}""", Cancellation);
            posted.Add($"Echo: {message}");
            if (posted.Count > Ahead) await sender.UntilAsync(received => received.Contains(posted[^Ahead]), Cancellation);
        }

        return posted;
    }

    /// <summary>
    /// Connects and disconnects over and over, until told to end. It stays for a moment: what comes and goes as fast as it can leaves the machine no
    /// time to start workers, and the registry a backlog of minutes.
    /// </summary>
    /// <returns>The last connection, which stays.</returns>
    private async Task<ChatClient> ComeAndGoAsync(CancellationToken calm)
    {
        while (true)
        {
            var client = await ChatClient.ConnectAsync(programs.Url, Cancellation);
            if (calm.IsCancellationRequested) return client;
            await Task.Delay(Stay, TimeProvider.System, Cancellation);
            await client.DisposeAsync();
        }
    }

    [GeneratedRegex(@"Now listening on: (?<url>http://\S+)")]
    private static partial Regex ListeningLine();
}
