using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.Registry;

public sealed class StaleSweepTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly RecordingGateway _gateway = new();
    private readonly RecordingLog _logs = new();
    private readonly ILoggerFactory _logging;
    private readonly TableNames _tables = new();
    private readonly SweepOptions _options = new() { Interval = TimeSpan.FromMinutes(10), ChecksPerSecond = 1000 };
    private readonly TablesUnderTest _rows;
    private readonly ConnectionRegistry.ConnectionRegistry _registry;

    public StaleSweepTests()
    {
        _rows = new(_dynamoDb, _tables, _time);
        _registry = _rows.Registry;
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
    public async Task A_connection_that_ended_silently_leaves_the_tables()
    {
        await OpenAsync("gone=", "open=");
        _gateway.Gone.Add("gone=");
        _time.Advance(Limits.IdleTimeout);

        var sweep = SweepAsync(TestContext.Current.CancellationToken);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(1), Cancellation);

        Assert.Equal(new SweepResult(Checked: 2, Stale: 1, NotKnown: 0), await sweep);
        Assert.Equal("open=", Assert.Single(_dynamoDb.ItemsOf(_tables.Connections))["connectionid"].S);
        Assert.Equal("open=", Assert.Single(_dynamoDb.ItemsOf(_tables.Rooms))["connectionid"].S);
    }

    [Fact(Timeout = 60_000)]
    public async Task Nobody_is_asked_about_who_cannot_have_been_silent_for_long()
    {
        await OpenAsync("young=");
        _gateway.Gone.Add("young=");
        _time.Advance(Limits.IdleTimeout - TimeSpan.FromMilliseconds(1));

        Assert.Equal(new SweepResult(Checked: 0, Stale: 0, NotKnown: 0), await SweepAsync(TestContext.Current.CancellationToken));

        Assert.Empty(_gateway.Asked);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_row_older_than_any_connection_goes_without_a_question()
    {
        await OpenAsync("old=");
        _time.Advance(Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin);

        Assert.Equal(new SweepResult(Checked: 1, Stale: 1, NotKnown: 0), await SweepAsync(TestContext.Current.CancellationToken));

        Assert.Empty(_gateway.Asked);
        Assert.Empty(_dynamoDb.ItemsOf(_tables.Connections));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(System.Net.HttpStatusCode.TooManyRequests)]
    [InlineData(System.Net.HttpStatusCode.Forbidden)]
    [InlineData(System.Net.HttpStatusCode.InternalServerError)]
    public async Task An_answer_that_says_nothing_of_the_connection_leaves_its_row(System.Net.HttpStatusCode status)
    {
        await OpenAsync("a=");
        _gateway.Refusal = status;
        _time.Advance(Limits.IdleTimeout);

        Assert.Equal(new SweepResult(Checked: 1, Stale: 0, NotKnown: 1), await SweepAsync(TestContext.Current.CancellationToken));

        Assert.Single(_dynamoDb.ItemsOf(_tables.Connections));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_gateway_is_asked_no_faster_than_told()
    {
        _options.ChecksPerSecond = 10;
        await OpenAsync("a=", "b=", "c=");
        _time.Advance(Limits.IdleTimeout);

        var sweep = SweepAsync(TestContext.Current.CancellationToken);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(100), Cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(100), Cancellation);

        Assert.Equal(3, (await sweep).Checked);
    }

    [Fact(Timeout = 60_000)]
    public async Task After_a_429_the_sweep_keeps_quiet_for_a_while()
    {
        _options.ChecksPerSecond = 1;
        await OpenAsync("a=", "b=");
        _gateway.Refusal = System.Net.HttpStatusCode.TooManyRequests;
        _time.Advance(Limits.IdleTimeout);

        var sweep = SweepAsync(TestContext.Current.CancellationToken);
        await Patiently.UntilAsync("the refusal to be heeded", () => _logs.Lines.Any(line => line.Contains("used up")), Cancellation);
        var quiet = await _time.AdvanceToNextTimerAsync(Cancellation);
        if (quiet < TimeSpan.FromSeconds(5)) quiet += await _time.AdvanceToNextTimerAsync(Cancellation); // it waited already, for its pace

        Assert.Equal(TimeSpan.FromSeconds(5), quiet);
        Assert.Equal(2, (await sweep).NotKnown);
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_several_workers_one_sweeps_per_interval()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.True(await _rows.Closed.TryTakeTurnAsync("sweep", _time.GetUtcNow(), _options.Interval, cancellation));
        Assert.False(await _rows.Closed.TryTakeTurnAsync("sweep", _time.GetUtcNow(), _options.Interval, cancellation));

        _time.Advance(_options.Interval);

        Assert.True(await _rows.Closed.TryTakeTurnAsync("sweep", _time.GetUtcNow(), _options.Interval, cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_sweeps_when_the_interval_has_passed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("gone=");
        _gateway.Gone.Add("gone=");
        _time.Advance(Limits.IdleTimeout);
        using var sweep = CreateSweep();

        await sweep.StartAsync(cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMinutes(1), cancellation);
        await Patiently.UntilAsync("the stale row to go", () => !_dynamoDb.ItemsOf(_tables.Connections).Any(), cancellation);
        await sweep.StopAsync(cancellation);
    }

    private async Task OpenAsync(params string[] connectionIds)
    {
        foreach (var connectionId in connectionIds)
        {
            await _registry.OpenAsync(
                new() { ConnectionId = connectionId, ConnectedAt = _time.GetUtcNow(), CallbackEndpoint = "https://example.com/prod" },
                Cancellation);
        }
    }

    private StaleSweep CreateSweep() => new(
        _rows.Connections,
        _rows.Closed,
        _registry,
        new Gateway(_ => _gateway, endpointInstead: null, new(region: null, ["https://example.com"])),
        Options.Create(_options),
        _time,
        _logging.CreateLogger<StaleSweep>());

    private async Task<SweepResult> SweepAsync(CancellationToken cancellation)
    {
        using var sweep = CreateSweep();
        return await sweep.SweepAsync(cancellation);
    }
}
