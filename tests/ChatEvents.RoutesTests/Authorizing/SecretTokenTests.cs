using ChatEvents.Contracts;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>Tokens that the local system and the operator's tool make are taken where their secret is.</summary>
public sealed class SecretTokenTests
{
    [Fact(Timeout = 30_000)]
    public async Task A_token_of_ones_own_says_what_it_was_made_to_say()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, RunningAuthorizer.BySecret);
        var token = new SecretToken
        {
            User = "Ada \"L\"",
            Name = "Ada",
            Join = ["blue"],
            Post = ["@*"],
            Role = "moderator",
            Audience = TestToken.Audience,
            Issuer = TestToken.Issuer,
            IssuedAt = authorizer.Time.GetUtcNow(),
            ExpiresAt = authorizer.Time.GetUtcNow().AddHours(1),
        };

        var answer = await authorizer.AllowAsync(Events.Authorize().WithParameter("access_token", token.Sign(TestToken.Secret)));

        Assert.Equal("Ada \"L\"", (string?)answer["principalId"]);
        Assert.Equal(
            ("[\"blue\"]", "[\"@*\"]", "Ada", "moderator"),
            ((string?)answer["context"]!["join"], (string?)answer["context"]!["post"], (string?)answer["context"]!["name"], (string?)answer["context"]!["role"]));
        Assert.Equal(401, await authorizer.StatusAsync(Events.Authorize().WithParameter("access_token", token.Sign($"not {TestToken.Secret}"))));
    }
}
