using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Moderating;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.Registry;

/// <summary>What moderators ask for, as the registry does it: who may, what happens to whom, and in which order it may arrive.</summary>
public sealed class ModerationTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan HarnessPatience = TimeSpan.FromSeconds(50);

    private readonly FakeTime _time = new(Noon);
    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly RecordingGateway _gateway = new();
    private readonly RecordingLog _log = new(LogLevel.Information);
    private readonly TablesUnderTest _tables;
    private readonly ServiceProvider _services;

    public ModerationTests()
    {
        _tables = new(_dynamoDb, new TableNames(), _time);
        _services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(_log))
            .AddSingleton<TimeProvider>(_time)
            .AddSingleton(_tables.Connections)
            .AddSingleton(_tables.Closed)
            .AddSingleton(new Gateway(_ => _gateway, endpointInstead: null, new(region: null, ["https://example.com"])))
            .AddSingleton(provider => new Moderation(
                _tables.Connections, _tables.Memberships, _tables.Bans, provider.GetRequiredService<Gateway>(), new Pace(5_000, TimeProvider.System), _time))
            .AddSingleton<ModerationActs>()
            .AddMassTransitTestHarness(bus =>
            {
                bus.SetTestTimeouts(testTimeout: HarnessPatience, testInactivityTimeout: HarnessPatience);
                bus.AddConsumer<ModerationAskedConsumer>();
            })
            .BuildServiceProvider(validateScopes: true);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ModerationAsked BanOfMallory => new()
    {
        ConnectionId = "m=",
        User = "ada",
        Act = ModerationAct.Ban,
        TargetUser = "mallory",
        AskedAt = Noon,
        Until = Noon.AddHours(1),
        RequestId = "r1",
    };

    private static ModerationAsked Unban => BanOfMallory with { Act = ModerationAct.Unban, Until = null };

    private static ModerationAsked Disconnect => Unban with { Act = ModerationAct.Disconnect };

    private ITestHarness Harness => _services.GetRequiredService<ITestHarness>();

    /// <summary>What the moderator was told last.</summary>
    private string Answer => _gateway.Done.Last(done => done.StartsWith("m= {", StringComparison.Ordinal))["m= ".Length..];

    private IEnumerable<string> Ended => _gateway.Done.Where(done => done.EndsWith(" ended", StringComparison.Ordinal)).Select(done => done.Split(' ')[0]).Order();

    public async ValueTask InitializeAsync()
    {
        await Harness.Start();
        await OpenAsync("m=", "ada", Roles.Moderator, address: "198.51.100.1");
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        _dynamoDb.Dispose();
        _gateway.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ban_counts_the_connections_that_the_sweep_was_quicker_to_end()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", "mallory");
        await OpenAsync("2=", "mallory");
        _gateway.Gone.Add("1=");

        await ConsumeAsync(BanOfMallory, cancellation);

        Assert.Equal(["2="], Ended);
        Assert.Equal("""{"banned":"mallory","until":"2026-11-21T13:00:00+00:00","connections":2,"requestId":"r1"}""", Answer);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ban_is_written_ends_all_devices_and_is_told_to_the_moderator()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", "mallory");
        await OpenAsync("2=", "mallory");
        await OpenAsync("3=", "bob");

        await ConsumeAsync(BanOfMallory, cancellation);

        Assert.Equal(
            new Ban("user#mallory", Noon, Noon.AddHours(1), Reason: null) { By = "ada" }, await _tables.Bans.FindAsync("user#mallory", cancellation));
        Assert.Equal(["1=", "2="], Ended);
        Assert.Contains("""1= {"error":"You are banned until 2026-11-21 13:00:00Z."}""", _gateway.Done);
        Assert.Equal("""{"banned":"mallory","until":"2026-11-21T13:00:00+00:00","connections":2,"requestId":"r1"}""", Answer);
        Assert.Contains("""Information: Moderator "ada" asked to Ban "mallory": 2 ended, 0 failed""", _log.Lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task Each_is_told_in_its_own_dialect()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("n=", "nan", Roles.Moderator, dialect: Dialect.Json);
        await OpenAsync("1=", "mallory", dialect: Dialect.Json);
        await OpenAsync("2=", "mallory");
        var ban = BanOfMallory with { ConnectionId = "n=", User = "nan", FrameId = "8" };

        await ConsumeAsync(ban, cancellation);
        await ConsumeAsync(Disconnect with { ConnectionId = "n=", User = "nan", TargetUser = "eve", FrameId = "9" }, cancellation);
        await ConsumeAsync(ban with { AskedAt = Noon.AddSeconds(-1), FrameId = null }, cancellation);
        await ConsumeAsync(Unban with { ConnectionId = "n=", User = "nan", AskedAt = Noon.AddSeconds(1), FrameId = "10" }, cancellation);

        Assert.Contains("""1= {"type":"error","code":"forbidden","error":"You are banned until 2026-11-21 13:00:00Z."}""", _gateway.Done);
        Assert.Contains("""2= {"error":"You are banned until 2026-11-21 13:00:00Z."}""", _gateway.Done);
        Assert.Equal(
            [
                """n= {"type":"banned","id":"8","user":"mallory","until":"2026-11-21T13:00:00.000Z","connections":2}""",
                """n= {"type":"error","id":"9","code":"not_found","error":"\"eve\" is not connected.","requestId":"r1"}""",
                """n= {"type":"error","code":"forbidden","error":"A later decision about \"mallory\" counts.","requestId":"r1"}""",
                """n= {"type":"unbanned","id":"10","user":"mallory"}""",
            ],
            _gateway.Done.Where(done => done.StartsWith("n= ", StringComparison.Ordinal)));
    }

    [Fact(Timeout = 60_000)]
    public async Task Somebody_who_is_not_connected_can_be_banned_and_let_in_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await ConsumeAsync(BanOfMallory, cancellation);
        Assert.Contains("\"connections\":0", Answer, StringComparison.Ordinal);

        await ConsumeAsync(Unban with { AskedAt = Noon.AddSeconds(1) }, cancellation);

        Assert.Equal("""{"unbanned":"mallory","requestId":"r1"}""", Answer);
        Assert.Contains("""Information: Moderator "ada" asked to Unban "mallory": done""", _log.Lines);
        Assert.Null(await _tables.Bans.FindAsync("user#mallory", cancellation));
        Assert.Empty(await _tables.Bans.ReadAllAsync(cancellation).ToListAsync(cancellation));
        await ConsumeAsync(Unban with { AskedAt = Noon.AddSeconds(2) }, cancellation);
        Assert.Equal("""{"error":"\"mallory\" is not banned.","requestId":"r1"}""", Answer);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_later_decision_counts_in_whatever_order_and_however_often_they_arrive()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var lifted = Unban with { AskedAt = Noon.AddSeconds(1) };
        var again = BanOfMallory with { AskedAt = Noon.AddSeconds(2), Until = Noon.AddHours(3) };

        foreach (var order in (ModerationAsked[][])[[BanOfMallory, lifted, BanOfMallory], [lifted, BanOfMallory], [lifted, lifted, BanOfMallory, lifted]])
        {
            _dynamoDb.Clear(Bans.Table);
            foreach (var asked in order) await ConsumeAsync(asked, cancellation);
            Assert.Null(await _tables.Bans.FindAsync("user#mallory", cancellation));
        }

        foreach (var order in (ModerationAsked[][])[[again, lifted], [again, BanOfMallory, lifted, again], [lifted, again, BanOfMallory]])
        {
            _dynamoDb.Clear(Bans.Table);
            foreach (var asked in order) await ConsumeAsync(asked, cancellation);
            Assert.Equal(again.Until, (await _tables.Bans.FindAsync("user#mallory", cancellation))?.Until);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ban_that_comes_late_ends_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await ConsumeAsync(Unban with { AskedAt = Noon.AddSeconds(1) }, cancellation);
        await OpenAsync("1=", "mallory");

        await ConsumeAsync(BanOfMallory, cancellation);

        Assert.Empty(Ended);
        Assert.Equal("""{"error":"A later decision about \"mallory\" counts.","requestId":"r1"}""", Answer);
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_workers_with_two_decisions_at_once_agree()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var isFirst = true;
        _dynamoDb.OnCall = async point =>
        {
            // Between reading and writing of the ban, the decision after it is made.
            if (point is not { Call: { Operation: nameof(_dynamoDb.PutItemAsync), Table: Bans.Table }, TookEffect: false } || !isFirst) return;
            isFirst = false;
            await NewModeration().DecideAsync(Ban.Lifted("user#mallory", Noon.AddSeconds(1), "eve"), cancellation);
        };

        await ConsumeAsync(BanOfMallory, cancellation);

        Assert.Null(await _tables.Bans.FindAsync("user#mallory", cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_disconnected_user_is_told_why_and_may_come_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", "mallory");
        await OpenAsync("2=", "mallory", openedAt: Noon.AddSeconds(1));

        await ConsumeAsync(Disconnect, cancellation);

        Assert.Equal(["1="], Ended);
        Assert.Contains("""1= {"error":"A moderator has ended your connection."}""", _gateway.Done);
        Assert.Equal("""{"disconnected":"mallory","connections":1,"requestId":"r1"}""", Answer);
        Assert.Empty(_dynamoDb.ItemsOf(Bans.Table));
        await ConsumeAsync(Disconnect with { TargetUser = "eve" }, cancellation);
        Assert.Equal("""{"error":"\"eve\" is not connected.","requestId":"r1"}""", Answer);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("ada", null)]
    [InlineData("ada", "admin")]
    [InlineData("bob", Roles.Moderator)]
    [InlineData(null, Roles.Moderator)]
    public async Task An_event_that_does_not_fit_the_row_of_its_sender_changes_nothing(string? user, string? role)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("x=", user, role);
        await OpenAsync("1=", "mallory");

        foreach (var asked in (ModerationAsked[])[BanOfMallory, Unban, Disconnect]) await ConsumeAsync(asked with { ConnectionId = "x=" }, cancellation);

        Assert.Empty(_gateway.Done);
        Assert.Empty(_dynamoDb.ItemsOf(Bans.Table));
        Assert.Contains("Warning: Ignored a Ban of x=: it is not a moderator's", _log.Lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_forged_event_cannot_make_a_moderator_of_a_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("x=", "bob");
        await OpenAsync("x=", "bob", Roles.Moderator);
        await OpenAsync("y=", "eve", Roles.Moderator);
        await OpenAsync("y=", "eve");

        await ConsumeAsync(BanOfMallory with { ConnectionId = "x=", User = "bob" }, cancellation);
        await ConsumeAsync(BanOfMallory with { ConnectionId = "y=", User = "eve" }, cancellation);

        Assert.Empty(_dynamoDb.ItemsOf(Bans.Table));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_moderator_whose_token_is_over_or_whose_connection_is_closed_is_none()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("x=", "eve", Roles.Moderator, tokenExpiresAt: Noon.AddMinutes(1));
        await OpenAsync("y=", "eve", Roles.Moderator);
        await _tables.Registry.CloseAsync(
            new() { ConnectionId = "y=", ClosedAt = Noon, Because = ClosedBecause.Disconnected, User = "eve" }, cancellation);
        _time.Advance(TimeSpan.FromMinutes(6));

        await ConsumeAsync(BanOfMallory with { ConnectionId = "x=", User = "eve" }, cancellation);
        await ConsumeAsync(BanOfMallory with { ConnectionId = "y=", User = "eve", AskedAt = _time.GetUtcNow() }, cancellation);

        Assert.Empty(_dynamoDb.ItemsOf(Bans.Table));
        Assert.Contains("Warning: Ignored a Ban of y=: it is not open", _log.Lines);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_moderator_is_one_until_the_grace_of_the_token_is_over()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("x=", "eve", Roles.Moderator, tokenExpiresAt: Noon.AddMinutes(1));
        _time.Advance(TimeSpan.FromMinutes(1) + Limits.TokenGrace - TimeSpan.FromMilliseconds(1));

        await ConsumeAsync(BanOfMallory with { ConnectionId = "x=", User = "eve" }, cancellation);

        Assert.Single(_dynamoDb.ItemsOf(Bans.Table));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_moderator_is_none_at_the_end_of_the_longest_life_of_a_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _time.Advance(Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin);

        await ConsumeAsync(BanOfMallory with { AskedAt = _time.GetUtcNow(), Until = _time.GetUtcNow().AddHours(1) }, cancellation);

        Assert.Empty(_dynamoDb.ItemsOf(Bans.Table));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_overtakes_the_opening_of_its_connection_goes_back_for_half_a_minute()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var goesBack = Assert.IsType<ModeratorNotKnownException>((await ConsumeAsync(BanOfMallory with { ConnectionId = "n=" }, cancellation)).Exception);
        Assert.Equal("There is no row of n= yet, so nobody knows whether it is a moderator's.", goesBack.Message);

        _time.Advance(Limits.HandshakeGrace);
        Assert.Null((await ConsumeAsync(BanOfMallory with { ConnectionId = "n=" }, cancellation)).Exception);
        Assert.Empty(_dynamoDb.ItemsOf(Bans.Table));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_is_asked_for_hours_ahead_of_the_clock_does_not_come_again_until_then()
    {
        var consumed = await ConsumeAsync(BanOfMallory with { ConnectionId = "n=", AskedAt = Noon.AddHours(23) }, TestContext.Current.CancellationToken);

        Assert.Null(consumed.Exception);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_token_that_never_ends_is_no_trouble()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("n=", "nia", Roles.Moderator, tokenExpiresAt: DateTimeOffset.MaxValue);

        await ConsumeAsync(BanOfMallory with { ConnectionId = "n=", User = "nia" }, cancellation);

        Assert.NotNull(await _tables.Bans.FindAsync("user#mallory", cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task Moderators_do_nothing_to_each_other()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", "mallory");
        await OpenAsync("2=", "mallory", Roles.Moderator);

        await ConsumeAsync(BanOfMallory, cancellation);
        Assert.Equal("""{"error":"\"mallory\" is a moderator; only the operator can do that.","requestId":"r1"}""", Answer);
        await ConsumeAsync(Disconnect, cancellation);

        Assert.Equal("""{"error":"\"mallory\" is a moderator; only the operator can do that.","requestId":"r1"}""", Answer);
        Assert.Empty(Ended);
        Assert.Empty(_dynamoDb.ItemsOf(Bans.Table));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_ban_of_the_operator_is_not_changed_by_a_moderator()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var ofOperator = new Ban("user#mallory", Noon.AddHours(-1), Noon.AddHours(9), "spam");
        await NewModeration().DecideAsync(ofOperator, cancellation);

        await ConsumeAsync(Unban, cancellation);
        await ConsumeAsync(BanOfMallory, cancellation);

        Assert.Equal(
            """{"error":"The operator has banned \"mallory\" until 2026-11-21 21:00:00Z; only the operator can change that.","requestId":"r1"}""", Answer);
        Assert.Equal(ofOperator, await _tables.Bans.FindAsync("user#mallory", cancellation));

        _time.Advance(TimeSpan.FromHours(1));
        await NewModeration().DecideAsync(Ban.Lifted("user#mallory", _time.GetUtcNow(), by: null), cancellation);
        _time.Advance(TimeSpan.FromSeconds(1));
        await ConsumeAsync(BanOfMallory with { AskedAt = _time.GetUtcNow(), Until = _time.GetUtcNow().AddHours(1) }, cancellation);
        Assert.Equal("ada", (await _tables.Bans.FindAsync("user#mallory", cancellation))?.By);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_ban_of_a_guest_is_of_the_address_which_the_moderator_does_not_see()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", user: null, guest: "guest-abc234", address: "203.0.113.7");
        await OpenAsync("2=", user: null, guest: "guest-abc234", address: "2001:db8::7");
        await OpenAsync("3=", "bob", address: "203.0.113.7");
        await OpenAsync("4=", user: null, guest: "guest-xyz567", address: "203.0.113.8");
        var asked = BanOfMallory with { TargetUser = null, TargetGuest = "guest-abc234" };

        await ConsumeAsync(asked, cancellation);

        Assert.Equal(["1=", "2=", "3="], Ended);
        Assert.Equal("""{"banned":"guest-abc234","until":"2026-11-21T13:00:00+00:00","connections":3,"requestId":"r1"}""", Answer);
        Assert.DoesNotContain(_gateway.Done, done => done.Contains("203.0.113", StringComparison.Ordinal) || done.Contains("2001:db8", StringComparison.Ordinal));
        Assert.Equal(
            [("address#2001:db8::/64", "guest-abc234", "ada"), ("address#203.0.113.7", "guest-abc234", "ada")],
            (await _tables.Bans.ReadAllAsync(cancellation).ToListAsync(cancellation)).Select(ban => (ban.Key, ban.Guest!, ban.By!)).Order());

        await ConsumeAsync(asked with { Act = ModerationAct.Unban, AskedAt = Noon.AddSeconds(1) }, cancellation);
        Assert.Equal("""{"unbanned":"guest-abc234","requestId":"r1"}""", Answer);
        Assert.Empty(await _tables.Bans.ReadAllAsync(cancellation).ToListAsync(cancellation));
        await ConsumeAsync(asked with { Act = ModerationAct.Unban, AskedAt = Noon.AddSeconds(2) }, cancellation);
        Assert.Equal("""{"error":"\"guest-abc234\" is not banned.","requestId":"r1"}""", Answer);
    }

    [Fact(Timeout = 60_000)]
    public async Task Of_a_guest_too_the_later_decision_counts_in_whatever_order_they_arrive()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", user: null, guest: "guest-abc234", address: "203.0.113.7");
        var ban = BanOfMallory with { TargetUser = null, TargetGuest = "guest-abc234" };

        await ConsumeAsync(ban with { Act = ModerationAct.Unban, AskedAt = Noon.AddSeconds(1) }, cancellation);
        await ConsumeAsync(ban, cancellation);

        Assert.Equal("""{"error":"A later decision about \"guest-abc234\" counts.","requestId":"r1"}""", Answer);
        Assert.Empty(Ended);
        Assert.Empty(await _tables.Bans.ReadAllAsync(cancellation).ToListAsync(cancellation));

        await ConsumeAsync(ban with { AskedAt = Noon.AddSeconds(2) }, cancellation);
        Assert.Equal(["1="], Ended);
        Assert.Single(await _tables.Bans.ReadAllAsync(cancellation).ToListAsync(cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("198.51.100.1", "A moderator connects from the same address as \\\"guest-abc234\\\"; disconnect it instead.")]
    [InlineData(null, "Nobody knows from where \\\"guest-abc234\\\" connects; disconnect it instead.")]
    public async Task A_guest_who_cannot_be_banned_can_be_disconnected(string? address, string sentence)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", user: null, guest: "guest-abc234", address: address);
        var asked = BanOfMallory with { TargetUser = null, TargetGuest = "guest-abc234" };

        await ConsumeAsync(asked, cancellation);
        Assert.Equal($$"""{"error":"{{sentence}}","requestId":"r1"}""", Answer);
        Assert.Empty(Ended);
        Assert.Empty(_dynamoDb.ItemsOf(Bans.Table));

        await ConsumeAsync(asked with { Act = ModerationAct.Disconnect, Until = null }, cancellation);
        Assert.Equal("""{"disconnected":"guest-abc234","connections":1,"requestId":"r1"}""", Answer);
        Assert.Equal(["1="], Ended);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guest_is_disconnected_where_it_was_when_the_moderator_asked_and_the_answer_counts_what_failed()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("n=", "nan", Roles.Moderator, dialect: Dialect.Json);
        await OpenAsync("1=", user: null, guest: "guest-abc234");
        await OpenAsync("2=", user: null, guest: "guest-abc234", openedAt: Noon.AddMilliseconds(1));
        var asked = Disconnect with { ConnectionId = "n=", User = "nan", TargetUser = null, TargetGuest = "guest-abc234" };

        await ConsumeAsync(asked, cancellation);
        Assert.Equal(["1="], Ended);
        await OpenAsync("3=", user: null, guest: "guest-def567", endpoint: "https://elsewhere.example.com/prod");
        await ConsumeAsync(asked with { TargetGuest = "guest-def567" }, cancellation);

        Assert.Equal(
            [
                """n= {"type":"disconnected","guest":"guest-abc234","connections":1}""",
                """n= {"type":"disconnected","guest":"guest-def567","connections":0,"failed":1}""",
            ],
            _gateway.Done.Where(done => done.StartsWith("n= ", StringComparison.Ordinal)));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_guest_at_an_address_that_the_operator_has_banned_stays_as_it_is()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", user: null, guest: "guest-abc234", address: "203.0.113.7");
        await NewModeration().DecideAsync(new("address#203.0.113.7", Noon.AddHours(-1), Noon.AddHours(9), "spam"), cancellation);

        await ConsumeAsync(BanOfMallory with { TargetUser = null, TargetGuest = "guest-abc234" }, cancellation);

        Assert.Empty(Ended);
        Assert.Equal(
            """{"error":"The operator has banned \"guest-abc234\" until 2026-11-21 21:00:00Z; only the operator can change that.","requestId":"r1"}""",
            Answer);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("203.0.113.7")]
    [InlineData("203.0.113.8")]
    public async Task A_guest_at_two_addresses_is_banned_at_the_one_that_the_operator_has_not_banned(string ofOperator)
    {
        var cancellation = TestContext.Current.CancellationToken;
        string[] addresses = ["203.0.113.7", "203.0.113.8"];
        foreach (var address in addresses) await OpenAsync($"{address}=", user: null, guest: "guest-abc234", address: address);
        await NewModeration().DecideAsync(new($"address#{ofOperator}", Noon.AddHours(-1), Noon.AddHours(9), "spam"), cancellation);

        await ConsumeAsync(BanOfMallory with { TargetUser = null, TargetGuest = "guest-abc234" }, cancellation);

        Assert.Equal([$"{addresses.Single(address => address != ofOperator)}="], Ended);
        Assert.Equal("""{"banned":"guest-abc234","until":"2026-11-21T13:00:00+00:00","connections":1,"requestId":"r1"}""", Answer);
        Assert.Equal(2, (await _tables.Bans.ReadAllAsync(cancellation).ToListAsync(cancellation)).Count);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(ModerationAct.Ban)]
    [InlineData(ModerationAct.Disconnect)]
    public async Task A_guest_who_is_not_there_is_said_to_be_not_there(ModerationAct act)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await ConsumeAsync(BanOfMallory with { Act = act, TargetUser = null, TargetGuest = "guest-abc234" }, cancellation);

        Assert.Equal("""{"error":"\"guest-abc234\" is not connected.","requestId":"r1"}""", Answer);
    }

    [Fact(Timeout = 60_000)]
    public async Task Who_is_looked_for_by_address_is_open_and_there()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await OpenAsync("1=", "ada", address: "192.0.2.7");
        await OpenAsync("2=", "bob", address: "192.0.2.8");
        var there = NewModeration().ScanAddressAsync(Bans.KeyOfAddress("192.0.2.7")!, cancellation).Select(row => row.ConnectionId);
        Assert.Equal(["1="], await there.ToListAsync(cancellation));

        _time.Advance(Limits.MaxConnectionLife + RegistryTables.TimeToLiveMargin);

        there = NewModeration().ScanAddressAsync(Bans.KeyOfAddress("192.0.2.7")!, cancellation).Select(row => row.ConnectionId);
        Assert.Empty(await there.ToListAsync(cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_decision_that_comes_again_is_made_again_and_of_two_of_one_moment_the_lifting_counts()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var moderation = NewModeration();
        var ban = new Ban("user#mallory", Noon, Noon.AddHours(1), Reason: null) { By = "ada" };
        var lifted = Ban.Lifted("user#mallory", Noon, "ada");

        var outcomes = new List<DecisionOutcome>();
        foreach (var decision in (Ban[])[ban, ban, lifted, lifted, ban]) outcomes.Add((await moderation.DecideAsync(decision, cancellation)).Outcome);

        Assert.Equal(
            [DecisionOutcome.Made, DecisionOutcome.Made, DecisionOutcome.Made, DecisionOutcome.Made, DecisionOutcome.Overtaken], outcomes);
    }

    private Moderation NewModeration() => new(
        _tables.Connections, _tables.Memberships, _tables.Bans, _services.GetRequiredService<Gateway>(), new Pace(5_000, TimeProvider.System), _time);

    private Task<EntryOutcome> OpenAsync(
        string connectionId,
        string? user,
        string? role = null,
        string? guest = null,
        string? address = null,
        DateTimeOffset? openedAt = null,
        DateTimeOffset? tokenExpiresAt = null,
        Dialect dialect = Dialect.Plain,
        string endpoint = "https://example.com/prod") => _tables.Registry.OpenAsync(
        new()
        {
            Dialect = dialect,
            ConnectionId = connectionId,
            ConnectedAt = openedAt ?? Noon,
            CallbackEndpoint = endpoint,
            User = user,
            Guest = guest,
            Role = role,
            SourceAddress = address,
            TokenExpiresAt = tokenExpiresAt,
        },
        Cancellation);

    private async Task<IReceivedMessage<ModerationAsked>> ConsumeAsync(ModerationAsked asked, CancellationToken cancellation)
    {
        // Found again by an id of its own, because the same event may come several times.
        var id = NewId.NextGuid();
        await Harness.Bus.Publish(asked, context => context.MessageId = id, cancellation);
        return await Harness.GetConsumerHarness<ModerationAskedConsumer>().Consumed
            .SelectAsync<ModerationAsked>(received => received.Context.MessageId == id, cancellation).First();
    }
}
