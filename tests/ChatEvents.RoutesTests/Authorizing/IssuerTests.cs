using System.Security.Cryptography;
using System.Text.Json.Nodes;
using ChatEvents.Routes.Authorizing;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>Keys that come from the issuer by discovery, and issuers that fail in every way.</summary>
public sealed class IssuerTests : IAsyncLifetime
{
    private IssuerServer _issuer = null!;

    public async ValueTask InitializeAsync() => _issuer = await IssuerServer.StartNewAsync();

    public ValueTask DisposeAsync() => _issuer.DisposeAsync();

    [Fact(Timeout = 30_000)]
    public async Task The_keys_are_fetched_once()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));

        Assert.Equal(1, _issuer.Asked);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_rotated_key_is_fetched_when_a_token_names_it()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        _issuer.Keys["two"] = TestToken.OtherRsa;
        authorizer.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer).WithHeader("kid", "two") with { Sign = TestToken.By(TestToken.OtherRsa) }));
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        Assert.Equal(2, _issuer.Asked);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_that_was_exchanged_under_its_name_is_fetched()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        _issuer.Keys["one"] = TestToken.OtherRsa;
        authorizer.Time.Advance(TimeSpan.FromMinutes(1));

        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer) with { Sign = TestToken.By(TestToken.OtherRsa) }));
        Assert.Equal(401, await authorizer.StatusAsync(TokenOf(authorizer)));
    }

    [Fact(Timeout = 30_000)]
    public async Task Keys_that_nobody_knows_are_asked_for_once_a_minute()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        var unknown = TokenOf(authorizer).WithHeader("kid", "nobody's") with { Sign = TestToken.By(TestToken.OtherRsa) };
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));

        for (var i = 0; i < 5; i++) Assert.Equal(401, await authorizer.StatusAsync(unknown));
        Assert.Equal(1, _issuer.Asked);

        authorizer.Time.Advance(TimeSpan.FromMinutes(1));
        for (var i = 0; i < 5; i++) Assert.Equal(401, await authorizer.StatusAsync(unknown));
        Assert.Equal(2, _issuer.Asked);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_that_is_wrong_otherwise_makes_nobody_ask_for_keys()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        authorizer.Time.Advance(TimeSpan.FromMinutes(2));

        Assert.Equal(401, await authorizer.StatusAsync(TokenOf(authorizer).WithHeader("kid", "two").With("aud", "other") with { Sign = _ => [1] }));

        Assert.Equal(1, _issuer.Asked);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_that_was_withdrawn_counts_for_an_hour_at_most()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        _issuer.Keys.Remove("one");
        _issuer.Keys["two"] = TestToken.OtherRsa;
        authorizer.Time.Advance(TimeSpan.FromMinutes(61));

        Assert.Equal(401, await authorizer.StatusAsync(TokenOf(authorizer)));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_issuer_that_is_down_does_not_take_the_keys_away()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        _issuer.OnKeys = Fail(503);
        authorizer.Time.Advance(TimeSpan.FromMinutes(61));

        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        Assert.Single(authorizer.Log.Lines, line => line.StartsWith("Warning: Keys from ", StringComparison.Ordinal));

        authorizer.Time.Advance(TimeSpan.FromHours(23));
        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer)));
    }

    [Fact(Timeout = 30_000)]
    public async Task Nobody_is_told_that_a_token_is_wrong_while_the_issuer_cannot_be_asked()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
        _issuer.OnKeys = Fail(503);
        authorizer.Time.Advance(TimeSpan.FromMinutes(1));
        var unknown = TokenOf(authorizer).WithHeader("kid", "two") with { Sign = TestToken.By(TestToken.OtherRsa) };

        Assert.Equal(500, await authorizer.StatusAsync(unknown));
        Assert.Equal(500, await authorizer.StatusAsync(unknown));

        _issuer.OnKeys = _ => Task.CompletedTask;
        _issuer.Keys["two"] = TestToken.OtherRsa;
        authorizer.Time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(200, await authorizer.StatusAsync(unknown));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(301)]
    [InlineData(204)]
    public async Task An_issuer_that_answers_no_keys_is_not_the_clients_fault(int status)
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _issuer.OnKeys = Fail(status);

        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer)));

        // Not asked again at once by those who come next.
        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer)));
        var asked = _issuer.Asked;
        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer)));
        Assert.Equal(asked, _issuer.Asked);

        _issuer.OnKeys = _ => Task.CompletedTask;
        authorizer.Time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(200, await authorizer.StatusAsync(TokenOf(authorizer)));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_issuer_that_hangs_is_waited_for_five_seconds()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        var asked = new TaskCompletionSource();
        _issuer.OnKeys = async http =>
        {
            asked.TrySetResult();
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        };

        var answer = authorizer.StatusAsync(TokenOf(authorizer));
        await asked.Task;
        authorizer.Time.Advance(TimeSpan.FromSeconds(5));

        Assert.Equal(500, await answer);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_issuer_that_never_ends_its_answer_is_cut_off()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _issuer.OnKeys = async http =>
        {
            var filler = new byte[64 * 1024];
            while (!http.RequestAborted.IsCancellationRequested) await http.Response.Body.WriteAsync(filler, http.RequestAborted);
        };

        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer)));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("not JSON")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"keys\":null}")]
    [InlineData("{\"keys\":[]}")]
    [InlineData("{\"keys\":[17]}")]
    [InlineData("{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"one\",\"n\":\"\",\"e\":\"\"}]}")]
    [InlineData("{\"keys\":[{\"kty\":\"oct\",\"kid\":\"one\",\"k\":\"AAAA\"}]}")]
    public async Task Keys_that_are_none_are_not_the_clients_fault(string keys)
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _issuer.OnKeys = http => http.Response.WriteAsync(keys);

        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer)));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("file:///etc/passwd")]
    [InlineData("/keys")]
    [InlineData("https://127.0.0.1:1/keys")]
    [InlineData("")]
    public async Task Keys_are_fetched_over_the_issuers_own_protocol_only(string address)
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _issuer.KeysAt = address;

        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer)));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_secret_among_the_published_keys_signs_nothing()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        var secret = RandomNumberGenerator.GetBytes(32);
        _issuer.MoreKeys.Add(new JsonObject { ["kty"] = "oct", ["kid"] = "secret", ["k"] = Convert.ToBase64String(secret).TrimEnd('=').Replace('+', '-').Replace('/', '_') });

        Assert.Equal(401, await authorizer.StatusAsync(TokenOf(authorizer).WithHeader("kid", "secret").Signed("HS256", TestToken.BySecret(secret))));
    }

    [Fact(Timeout = 30_000)]
    public async Task Who_answers_for_somebody_else_is_not_believed()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        _issuer.CallsItself = "https://evil.example.com";

        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer)));
        Assert.Equal(500, await authorizer.StatusAsync(TokenOf(authorizer).With("iss", "https://evil.example.com")));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_issuer_that_is_not_there_is_one_sentence()
    {
        await using var authorizer = await StartAsync(TestContext.Current.CancellationToken);
        await _issuer.DisposeAsync();

        var answer = await authorizer.AnswerAsync(Events.Authorize().WithHeader("Authorization", $"Bearer {TokenOf(authorizer)}"));

        var error = JsonNode.Parse(answer.Error!.Json)!;
        Assert.StartsWith($"The issuer {_issuer.Name} cannot be reached: ", (string?)error["errorMessage"], StringComparison.Ordinal);
        Assert.EndsWith("; until that is mended, nobody with a token can connect.", (string?)error["errorMessage"], StringComparison.Ordinal);
        Assert.Null(error["stackTrace"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task Guests_need_no_issuer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _issuer.DisposeAsync();
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, RunningAuthorizer.By(_issuer) with { Mode = AuthMode.Optional });

        Assert.Equal(200, await authorizer.StatusAsync(Events.Authorize()));
    }

    private Task<RunningAuthorizer> StartAsync(CancellationToken cancellation) =>
        RunningAuthorizer.StartAsync(cancellation, RunningAuthorizer.By(_issuer));

    private TestToken TokenOf(RunningAuthorizer authorizer) => authorizer.Token.With("iss", _issuer.Name);

    private static Func<HttpContext, Task> Fail(int status) => async http =>
    {
        http.Response.StatusCode = status;
        if (status == 301) http.Response.Headers.Location = "http://169.254.169.254/latest/meta-data";
        await http.Response.StartAsync();
    };
}
