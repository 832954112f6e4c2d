using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.Registry;

/// <summary>Connections that have to end: their token is over, or they are banned.</summary>
public sealed class EndingSweepTests : IDisposable
{
    private const string TokenIsOver = """{"error":"Your token is over; connect again with a new one."}""";

    private readonly FakeTime _time = new();
    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly RecordingGateway _gateway = new();
    private readonly RecordingLog _logs = new();
    private readonly ILoggerFactory _logging;
    private readonly SweepOptions _options = new() { ChecksPerSecond = 1000 };
    private readonly TablesUnderTest _rows;

    public EndingSweepTests()
    {
        _rows = new(_dynamoDb, new TableNames(), _time);
        _logging = LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Debug).AddProvider(_logs));
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _dynamoDb.Dispose();
        _gateway.Dispose();
        _logging.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_whose_token_is_over_is_told_so_and_ended()
    {
        await OpenAsync("a=", "ada", tokenLife: TimeSpan.FromMinutes(10));
        await OpenAsync("b=", "bob", tokenLife: TimeSpan.FromMinutes(20));
        await OpenAsync("c=", user: null);
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(1, await SweepAsync(TestContext.Current.CancellationToken));

        Assert.Equal([$"a= {TokenIsOver}", "a= ended"], _gateway.Done);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_of_the_JSON_dialect_is_told_in_it()
    {
        await OpenAsync("a=", "ada", tokenLife: TimeSpan.FromMinutes(10), dialect: Dialect.Json);
        _time.Advance(TimeSpan.FromMinutes(10));

        Assert.Equal(1, await SweepAsync(TestContext.Current.CancellationToken));

        Assert.Equal(
            ["""a= {"type":"error","code":"forbidden","error":"Your token is over; connect again with a new one."}""", "a= ended"], _gateway.Done);
    }

    [Fact(Timeout = 60_000)]
    public async Task Until_then_nobody_is_disturbed()
    {
        await OpenAsync("a=", "ada", tokenLife: TimeSpan.FromMinutes(10));
        _time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromMilliseconds(1));

        Assert.Equal(0, await SweepAsync(TestContext.Current.CancellationToken));

        Assert.Empty(_gateway.Done);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ban_ends_connections_that_were_open_already()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("a=", "ada", address: "203.0.113.7");
        await OpenAsync("b=", "bob", address: "203.0.113.8");
        await OpenAsync("c=", user: null, address: "203.0.113.7");
        await OpenAsync("d=", user: null, address: "2001:db8:1:2::99");
        await OpenAsync("e=", user: null, address: "2001:db8:1:3::99");
        var until = _time.GetUtcNow().AddHours(1);
        await BanAsync(Bans.KeyOfUser("bob"), until);
        await BanAsync(Bans.KeyOfAddress("203.0.113.7")!, until);
        await BanAsync(Bans.KeyOfAddress("2001:db8:1:2::1")!, until);

        var sweep = SweepAsync(cancellation);
        while (!sweep.IsCompleted) await Task.WhenAny(sweep, _time.AdvanceToNextTimerAsync(cancellation));

        Assert.Equal(4, await sweep);
        Assert.Equal(["a= ended", "b= ended", "c= ended", "d= ended"], _gateway.Done.Where(done => done.EndsWith("ended", StringComparison.Ordinal)).Order());
        Assert.Contains($$"""b= {"error":"You are banned until {{until:u}}."}""", _gateway.Done);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ban_that_is_over_is_none()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("a=", "ada");
        await BanAsync(Bans.KeyOfUser("ada"), _time.GetUtcNow().AddHours(1));
        _time.Advance(TimeSpan.FromHours(1));

        Assert.Equal(0, await SweepAsync(cancellation));
        Assert.Null(await _rows.Bans.FindAsync(Bans.KeyOfUser("ada"), cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_the_gateway_does_not_end_is_tried_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("a=", "ada", tokenLife: TimeSpan.FromMinutes(10));
        _time.Advance(TimeSpan.FromMinutes(10));
        _gateway.Refusal = System.Net.HttpStatusCode.InternalServerError;

        Assert.Equal(0, await SweepAsync(cancellation));
        Assert.Contains(_logs.Lines, line => line.Contains("a= has to end, but the gateway did not end it", StringComparison.Ordinal));
        _gateway.Refusal = null;

        Assert.Equal(1, await SweepAsync(cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_is_gone_already_is_nobodys_trouble()
    {
        await OpenAsync("a=", "ada", tokenLife: TimeSpan.FromMinutes(10));
        _time.Advance(TimeSpan.FromMinutes(10));
        _gateway.Gone.Add("a=");

        Assert.Equal(0, await SweepAsync(TestContext.Current.CancellationToken));
        Assert.Empty(_gateway.Done);
    }

    [Fact(Timeout = 60_000)]
    public async Task No_connection_outlives_its_token_by_five_minutes_whichever_of_two_workers_looks()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // The token ends just after the first search, so that this is the longest wait.
        var tokenLife = _options.EndingInterval + TimeSpan.FromSeconds(1);
        await OpenAsync("a=", "ada", tokenLife);
        var end = _time.GetUtcNow() + tokenLife;
        var turns = 0;
        _dynamoDb.OnCall = point =>
        {
            if (point is { Call: { Operation: nameof(_dynamoDb.PutItemAsync), Table: RegistryTables.Closed }, TookEffect: false }) Interlocked.Increment(ref turns);
            return Task.CompletedTask;
        };
        var apart = TimeSpan.FromSeconds(50);
        using var one = CreateSweep();
        using var other = CreateSweep();
        await one.StartAsync(cancellation);
        await _time.TimersAsync(1, cancellation);
        _time.Advance(apart);
        await other.StartAsync(cancellation);
        await _time.TimersAsync(2, cancellation);

        // By the clock and not from timer to timer, because a search may arm timers of its own.
        TimeSpan[] untilTick = [_options.EndingInterval - apart, apart, _options.EndingInterval - apart];
        for (var tick = 1; tick <= untilTick.Length; tick++)
        {
            Assert.Empty(_gateway.Done);
            _time.Advance(untilTick[tick - 1]);
            var asked = tick;
            await Patiently.UntilAsync("a worker to ask for the turn", () => Volatile.Read(ref turns) >= asked, cancellation);
        }

        Assert.True(_time.GetUtcNow() - end < Limits.TokenGrace);
        await Patiently.UntilAsync("the connection to be ended", () => _gateway.Done.Count == 2, cancellation);
        Assert.Equal("a= ended", _gateway.Done.Last());
        await one.StopAsync(cancellation);
        await other.StopAsync(cancellation);
    }

    private Task<EntryOutcome> OpenAsync(
        string connectionId, string? user, TimeSpan? tokenLife = null, string? address = null, Dialect dialect = Dialect.Plain) => _rows.Registry.OpenAsync(
        new()
        {
            Dialect = dialect,
            ConnectionId = connectionId,
            ConnectedAt = _time.GetUtcNow(),
            CallbackEndpoint = "https://example.com/prod",
            User = user,
            TokenExpiresAt = _time.GetUtcNow() + tokenLife,
            SourceAddress = address,
        },
        Cancellation);

    private Task<bool> BanAsync(string key, DateTimeOffset until) =>
        _rows.Bans.TryReplaceAsync(new Ban(key, _time.GetUtcNow(), until, "spam"), asRead: null, Cancellation);

    private async Task<int> SweepAsync(CancellationToken cancellation)
    {
        using var sweep = CreateSweep();
        return await sweep.SweepAsync(cancellation);
    }

    private EndingSweep CreateSweep() => new(
        _rows.Connections,
        _rows.Closed,
        _rows.Bans,
        new Gateway(_ => _gateway, endpointInstead: null, new(region: null, ["https://example.com"])),
        Options.Create(_options),
        _time,
        _logging.CreateLogger<EndingSweep>());
}
