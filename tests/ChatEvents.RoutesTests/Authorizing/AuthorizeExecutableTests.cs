using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.RoutesTests.Servers;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>The deployed program as the authorizer, on the machine's clock, with nothing but its environment variables.</summary>
public sealed class AuthorizeExecutableTests : IAsyncLifetime
{
    private readonly TestToken _token = TestToken.At(TimeProvider.System.GetUtcNow());
    private RuntimeApiServer _lambda = null!;
    private IssuerServer _issuer = null!;

    public async ValueTask InitializeAsync()
    {
        _lambda = await RuntimeApiServer.StartNewAsync();
        _issuer = await IssuerServer.StartNewAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _lambda.DisposeAsync();
        await _issuer.DisposeAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task Tokens_of_an_issuer_are_checked_and_all_others_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var function = Start(("AUTH_ISSUER", _issuer.Name));
        var right = _token.With("iss", _issuer.Name);

        Assert.Equal(200, await StatusAsync(right, cancellation));
        Assert.Equal(401, await StatusAsync(_token, cancellation));
        Assert.Equal(401, await StatusAsync(right.With("aud", "other"), cancellation));
        Assert.Equal(401, await StatusAsync(right.With("sub", null), cancellation));
        Assert.Equal(401, await StatusAsync(right.With("exp", 1_000_000_000), cancellation));
        Assert.Equal(401, await StatusAsync(right.With("nbf", 4_000_000_000), cancellation));
        Assert.Equal(401, await StatusAsync(right with { Sign = TestToken.By(TestToken.OtherRsa) }, cancellation));
        Assert.Equal(401, await StatusAsync(right.WithHeader("alg", "none") with { Sign = _ => [] }, cancellation));
        Assert.Equal(401, await StatusAsync(right.Signed("HS256", TestToken.BySecret(
            Encoding.UTF8.GetBytes(TestToken.Rsa.ExportSubjectPublicKeyInfoPem()))), cancellation));
        Assert.Equal(401, await StatusAsync(right.With("x", new string('x', 8 * 1024)), cancellation));

        // The service's view of it is the one text that API Gateway makes a 401 of, and no stack trace.
        var refusal = await _lambda.InvokeAsync(Events.Authorize().ToJsonString(), cancellation);
        Assert.Equal("""{"errorType":"UnauthorizedException","errorMessage":"Unauthorized"}""", refusal.Error!.Json);
        await function.WaitForLineAsync(new("\tRefused connection A-b9_xYzoAMCK1g= from 203.0.113.7: there is no token\\."), cancellation);
        Assert.DoesNotContain(function.Lines(), line => line.Contains("   at ", StringComparison.Ordinal));
        Assert.DoesNotContain(function.Lines(), line => line.Contains(right.ToString().Split('.')[1], StringComparison.Ordinal));
    }

    [Fact(Timeout = 120_000)]
    public async Task An_issuer_that_cannot_be_reached_is_an_error_of_one_sentence()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _issuer.DisposeAsync();
        await using var function = Start(("AUTH_ISSUER", _issuer.Name));

        Assert.Equal(500, await StatusAsync(_token.With("iss", _issuer.Name), cancellation));

        await function.WaitForLineAsync(new("\tfail\tThe issuer http://.* cannot be reached: "), cancellation);
        Assert.Single(function.Lines(), line => line.Contains("issuer", StringComparison.Ordinal));
        Assert.DoesNotContain(function.Lines(), line => line.Contains("   at ", StringComparison.Ordinal));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("AUTH_MODE", "none", "AUTH_MODE must be optional or required, but is \"none\".")]
    [InlineData("AUTH_AUDIENCE", null, "AUTH_AUDIENCE must be set: without it a token for any other application would do.")]
    [InlineData("AUTH_SECRET", "short", "AUTH_SECRET must have at least 32 bytes, but has 5.")]
    public async Task A_wrong_setting_is_an_initialization_error_of_one_sentence(string name, string? value, string sentence)
    {
        await using var function = Start((name, value));

        Assert.Equal(1, await function.WaitForExitAsync(TestContext.Current.CancellationToken));
        Assert.EndsWith(sentence, Assert.Single(function.ErrorLines()), StringComparison.Ordinal); // behind time and level
        Assert.Equal(sentence, (string?)JsonNode.Parse((await _lambda.InitError).Json)!["errorMessage"]);
    }

    private async Task<int> StatusAsync(TestToken token, CancellationToken cancellation) => RunningAuthorizer.StatusOf(
        await _lambda.InvokeAsync(Events.Authorize().WithHeader("Authorization", $"Bearer {token}").ToJsonString(), cancellation));

    private ChildProcess Start(params (string Name, string? Value)[] variables)
    {
        var environment = new Dictionary<string, string?>
        {
            ["_HANDLER"] = "authorize",
            ["AWS_LAMBDA_RUNTIME_API"] = _lambda.Endpoint,
            ["AUTH_MODE"] = "required",
            ["AUTH_AUDIENCE"] = TestToken.Audience,
        };
        foreach (var (name, value) in variables) environment[name] = value;
        return ChildProcess.StartProgram("ChatEvents.Routes", environment);
    }
}
