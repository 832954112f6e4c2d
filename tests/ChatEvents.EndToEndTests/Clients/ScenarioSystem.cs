using System.Globalization;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;

namespace ChatEvents.EndToEndTests.Clients;

/// <summary>The local system for guests and users, which can be killed and started again, and the programs of all client libraries.</summary>
public sealed class ScenarioSystem : IAsyncLifetime
{
    private const string Secret = "a secret of the scenarios, at least 32 bytes";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private LocalSystemProcess _system = null!;

    public SystemServers Servers { get; private set; } = null!;

    public Uri Url { get; private set; } = null!;

    public IReadOnlyList<ScenarioProgram> Programs { get; private set; } = [];

    /// <summary>Speaks in the rooms, and stays when the system is killed.</summary>
    public Speaker Speaker { get; private set; } = null!;

    private Dictionary<string, string?> Environment => new(Servers.Environment)
    {
        ["AUTH_MODE"] = "optional",
        ["AUTH_SECRET"] = Secret,
        ["Registry__Sweep__EndingInterval"] = "00:00:01",

        // What a killed system had in hand comes back after this time.
        ["FanOut__Queue__VisibilityTimeout"] = "00:00:03",
        ["FanOut__WalkQueue__VisibilityTimeout"] = "00:00:03",
        ["FanOut__LateQueue__VisibilityTimeout"] = "00:00:03",
        ["Registry__Queue__VisibilityTimeout"] = "00:00:03",
    };

    public async ValueTask InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout, TimeProvider.System);
        Servers = await SystemServers.StartAsync(timeout.Token);
        Speaker = new Speaker(Servers.Sqs);
        _system = await LocalSystemProcess.StartAsync(timeout.Token, Environment);
        Url = _system.Url;
        Programs = await ScenarioProgram.StartAllAsync(timeout.Token);
    }

    /// <summary>Lets scenarios that wait more than they work run side by side, and names those that fail.</summary>
    public static async Task AllAsync(params (string Name, Func<Task> Scenario)[] scenarios)
    {
        var failures = await Task.WhenAll(scenarios.Select(async one =>
        {
            try
            {
                await one.Scenario();
                return null;
            }
            catch (Exception failure)
            {
                return $"{one.Name}: {failure}";
            }
        }));
        Assert.True(Array.TrueForAll(failures, failure => failure is null), string.Join("\n\n", failures.OfType<string>()));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var program in Programs) await program.DisposeAsync();
        await _system.DisposeAsync();
        await Servers.DisposeAsync();
    }

    public async Task KillAsync()
    {
        _system.Process.Kill();
        await _system.Process.WaitForExitAsync(TestContext.Current.CancellationToken);
        await _system.DisposeAsync();
    }

    public async Task StartAgainAsync() =>
        _system = await LocalSystemProcess.StartAsync(TestContext.Current.CancellationToken, Environment, "--port", Url.Port.ToString(CultureInfo.InvariantCulture));

    public static string TokenFor(string user, TimeSpan life)
    {
        var now = TimeProvider.System.GetUtcNow();
        return new SecretToken { User = user, Audience = SecretToken.LocalAudience, IssuedAt = now, ExpiresAt = now + life }.Sign(Secret);
    }

    /// <summary>How many messages the log of a room has.</summary>
    public async Task<int> CountLoggedAsync(string room) => (await LogAsync(room)).Count;

    /// <summary>Deletes the log of a room up to this number, as its time to live does.</summary>
    public async Task ForgetAsync(string room, long upTo)
    {
        foreach (var item in await LogAsync(room))
        {
            if (long.Parse(item[RecentMessages.Seq].N, CultureInfo.InvariantCulture) > upTo) continue;
            await Servers.DynamoDb.DeleteItemAsync(
                RecentMessages.Table,
                new() { [RecentMessages.Room] = item[RecentMessages.Room], [RecentMessages.Position] = item[RecentMessages.Position] },
                TestContext.Current.CancellationToken);
        }
    }

    private async Task<List<Dictionary<string, AttributeValue>>> LogAsync(string room) => (await Servers.DynamoDb.QueryAsync(
        new QueryRequest
        {
            TableName = RecentMessages.Table,
            ConsistentRead = true,
            KeyConditionExpression = "#room = :room AND #position BETWEEN :first AND :last",
            ExpressionAttributeNames = new() { ["#room"] = RecentMessages.Room, ["#position"] = RecentMessages.Position },
            ExpressionAttributeValues = new()
            {
                [":room"] = new(room),
                [":first"] = new(RecentMessages.BeforePositions),
                [":last"] = new(RecentMessages.BehindPositions),
            },
        },
        TestContext.Current.CancellationToken)).Items;
}
