using ChatEvents.Contracts;
using ChatEvents.Routes;
using ChatEvents.Routes.Authorizing;
using ChatEvents.Routes.Aws;
using ChatEvents.RoutesTests.Servers;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>The authorizer keeps banned people out, with 403.</summary>
public sealed class BanTests : IAsyncLifetime
{
    private static readonly AuthSettings Settings = RunningAuthorizer.ByPublicKey with { Mode = AuthMode.Optional, BansTable = Bans.Table };

    private RegistryDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await RegistryDatabase.StartNewAsync();

    public ValueTask DisposeAsync() => _database.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task A_banned_user_is_denied_until_the_ban_is_over()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _database.EndsOfBans["user#ada"] = authorizer.Time.GetUtcNow().AddMinutes(1);

        Assert.Equal(403, await authorizer.StatusAsync(authorizer.Token));
        Assert.Equal(200, await authorizer.StatusAsync(authorizer.Token.With("sub", "bob")));
        Assert.StartsWith(
            "Warning: Refused connection A-b9_xYzoAMCK1g= of \"ada\" from 203.0.113.7: banned until ",
            authorizer.Log.Lines.First(), StringComparison.Ordinal);

        authorizer.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, await authorizer.StatusAsync(authorizer.Token));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_banned_address_is_denied_to_users_and_guests()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _database.EndsOfBans["address#203.0.113.7"] = authorizer.Time.GetUtcNow().AddMinutes(1);

        Assert.Equal(403, await authorizer.StatusAsync(authorizer.Token));
        Assert.Equal(403, await authorizer.StatusAsync(Events.Authorize()));
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_has_a_wrong_token_is_told_that_and_nothing_of_bans()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _database.EndsOfBans["address#203.0.113.7"] = authorizer.Time.GetUtcNow().AddMinutes(1);

        Assert.Equal(401, await authorizer.StatusAsync(authorizer.Token.With("aud", "other")));
        Assert.Empty(_database.Looks);
    }

    [Fact(Timeout = 30_000)]
    public async Task While_the_bans_cannot_be_read_nobody_is_let_in_and_nobody_blamed()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _database.Refuses = true;

        Assert.Equal(500, await authorizer.StatusAsync(authorizer.Token));
    }

    private Task<RunningAuthorizer> StartAsync(CancellationToken cancellation) =>
        RunningAuthorizer.StartAsync(cancellation, Settings, new RouteClients(NoClient, () => RouteClients.Of(
            new AwsEndpoint("dynamodb", "eu-central-1", new Uri($"http://{_database.HostAndPort}")), () => new AwsKeys("test", "test", null))));

    private static AwsClient NoClient() => throw new InvalidOperationException("Not to be called.");
}
