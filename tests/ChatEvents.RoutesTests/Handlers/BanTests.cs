using ChatEvents.Contracts;
using ChatEvents.Routes;

namespace ChatEvents.RoutesTests.Handlers;

/// <summary>Where there is no authorizer, <c>$connect</c> keeps banned people out.</summary>
public sealed class BanTests
{
    private static readonly RouteSettings Settings = new() { BansTable = Bans.Table };
    private static readonly DateTimeOffset Later = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact(Timeout = 30_000)]
    public async Task A_banned_address_may_not_connect()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken, Settings);
        function.Registry.EndsOfBans["address#203.0.113.7"] = Later;

        var response = await function.InvokeAsync(Events.Connect());

        Assert.Equal("""{"statusCode":403,"isBase64Encoded":false}""", response.ToJsonString());
        Assert.Empty(function.Sqs.Sent);
        Assert.Equal(
            ["Warning: Refused connection A-b9_xYzoAMCK1g= from 203.0.113.7: banned until 2100-01-01 00:00:00Z."], function.Log.Lines);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_banned_user_of_an_authorizer_of_ones_own_may_not_connect()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken, Settings);
        function.Registry.EndsOfBans["user#ada"] = Later;

        Assert.Equal(403, (int?)(await function.InvokeAsync(Events.Connect().WithAuthorizer("ada")))["statusCode"]);
        Assert.Equal(200, (int?)(await function.InvokeAsync(Events.Connect().WithAuthorizer("bob")))["statusCode"]);
        Assert.Equal(200, (int?)(await function.InvokeAsync(Events.Connect().From("ada", ("guest", "guest-abc234"))))["statusCode"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_is_not_banned_or_no_longer_is_may_connect()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken, Settings);
        function.Registry.EndsOfBans["address#203.0.113.8"] = Later;
        function.Registry.EndsOfBans["address#203.0.113.7"] = DateTimeOffset.UnixEpoch;
        Assert.Equal(200, (int?)(await function.InvokeAsync(Events.Connect()))["statusCode"]);

        function.Registry.Looks.Clear();
        function.Registry.EndsOfBans["address#203.0.113.7"] = Later;
        function.Registry.LiftedBans.Add("address#203.0.113.7");
        Assert.Equal(200, (int?)(await function.InvokeAsync(Events.Connect()))["statusCode"]);
        Assert.True((bool?)Assert.Single(function.Registry.Looks)["ConsistentRead"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task While_the_bans_cannot_be_read_nobody_connects()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken, Settings);
        function.Registry.Refuses = true;

        Assert.Equal(503, (int?)(await function.InvokeAsync(Events.Connect()))["statusCode"]);
        Assert.Empty(function.Sqs.Sent);
        Assert.StartsWith(
            "Error: Refused connection A-b9_xYzoAMCK1g=, because the bans could not be read: ", Assert.Single(function.Log.Lines), StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_a_table_of_bans_none_is_looked_for()
    {
        await using var function = await RunningFunction.StartAsync("connect", TestContext.Current.CancellationToken);

        await function.InvokeAsync(Events.Connect());

        Assert.Empty(function.Registry.Looks);
    }
}
