using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ChatEvents.Routes.Authorizing;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>Tokens that somebody made who is not the issuer, or that were not made for this: each is refused with 401.</summary>
public sealed class TokenAttackTests
{
    [Theory(Timeout = 30_000)]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("NONE")]
    [InlineData("nOnE")]
    [InlineData("")]
    [InlineData(null)]
    public async Task A_token_that_nobody_signed_is_refused(string? algorithm)
    {
        foreach (var settings in Ways)
        {
            await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, settings);
            var unsigned = (authorizer.Token with { Sign = _ => [] }).WithHeader("alg", algorithm);

            await RefusesAsync(authorizer, unsigned.ToString());
            await RefusesAsync(authorizer, unsigned.ToString().TrimEnd('.'));
            await RefusesAsync(authorizer, (unsigned with { Sign = _ => [1, 2, 3] }).ToString());
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task The_public_key_is_no_secret_to_sign_with()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var pem = TestToken.Rsa.ExportSubjectPublicKeyInfoPem();
        foreach (var (algorithm, hash) in (ValueTuple<string, Func<byte[], byte[], byte[]>>[])
            [("HS256", HMACSHA256.HashData), ("HS384", HMACSHA384.HashData), ("HS512", HMACSHA512.HashData)])
        {
            foreach (var secret in (byte[][])
                [Encoding.UTF8.GetBytes(pem), Encoding.UTF8.GetBytes($"{pem}\n"), TestToken.Rsa.ExportSubjectPublicKeyInfo(), TestToken.Rsa.ExportRSAPublicKey()])
            {
                await RefusesAsync(authorizer, authorizer.Token.Signed(algorithm, data => hash(secret, data)));
            }
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task A_key_of_the_token_itself_is_not_looked_at()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var other = TestToken.OtherRsa.ExportParameters(includePrivateParameters: false);
        var forged = authorizer.Token with { Sign = TestToken.By(TestToken.OtherRsa) };

        await RefusesAsync(authorizer, forged.WithHeader("jwk", new JsonObject
        {
            ["kty"] = "RSA",
            ["n"] = Convert.ToBase64String(other.Modulus!).TrimEnd('='),
            ["e"] = "AQAB",
        }));
        await RefusesAsync(authorizer, forged.WithHeader("jku", "http://127.0.0.1:1/keys"));
        await RefusesAsync(authorizer, forged.WithHeader("x5u", "http://127.0.0.1:1/certificate"));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("../../../../dev/null")]
    [InlineData("/etc/passwd")]
    [InlineData("one' OR '1'='1")]
    [InlineData("one\u0000")]
    [InlineData("ONE")]
    [InlineData("https://evil.example.com/keys")]
    public async Task A_key_id_is_a_name_and_nothing_else(string keyId)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var issuer = await IssuerServer.StartNewAsync();
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, RunningAuthorizer.By(issuer));

        // With the secret that such an id would lead to where it is taken for a file or a row: nothing.
        await RefusesAsync(authorizer, Of(issuer, authorizer).WithHeader("kid", keyId).Signed("HS256", TestToken.BySecret([])));
        await RefusesAsync(authorizer, (Of(issuer, authorizer) with { Sign = TestToken.By(TestToken.OtherRsa) }).WithHeader("kid", keyId));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("kid", 1)]
    [InlineData("alg", 256)]
    [InlineData("typ", true)]
    public async Task A_header_of_other_types_is_refused(string member, object value)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        await RefusesAsync(authorizer, (authorizer.Token with { Sign = TestToken.By(TestToken.OtherRsa) })
            .WithHeader(member, JsonValue.Create(value)));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("https://issuer.example.com")]
    [InlineData("https://ISSUER.example.com/")]
    [InlineData("https://issuer.example.com/x")]
    [InlineData("https://evil.example.com/")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Another_issuer_is_refused(string? issuer)
    {
        foreach (var settings in Ways)
        {
            await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, settings);

            await RefusesAsync(authorizer, Signed(settings, authorizer.Token.With("iss", issuer)));
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData("chat2")]
    [InlineData("Chat")]
    [InlineData("chat/")]
    [InlineData("https://chat")]
    [InlineData("")]
    [InlineData(null)]
    public async Task Another_audience_is_refused(string? audience)
    {
        foreach (var settings in Ways)
        {
            await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, settings);

            await RefusesAsync(authorizer, Signed(settings, authorizer.Token.With("aud", audience)));
            await RefusesAsync(authorizer, Signed(settings, authorizer.Token.With("aud", new JsonArray("other", audience))));
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData(-61, 401)]
    [InlineData(-59, 200)]
    public async Task A_minute_after_its_end_a_token_is_over(int seconds, int status)
    {
        foreach (var settings in Ways)
        {
            await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, settings);
            var end = authorizer.Time.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds();

            Assert.Equal(status, await authorizer.StatusAsync(
                Signed(settings, authorizer.Token.With("exp", end).With("nbf", end - 3600))));
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData(61, 401)]
    [InlineData(59, 200)]
    public async Task Up_to_a_minute_before_its_beginning_a_token_is_taken(int seconds, int status)
    {
        foreach (var settings in Ways)
        {
            await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, settings);
            var begin = authorizer.Time.GetUtcNow().AddSeconds(seconds).ToUnixTimeSeconds();

            Assert.Equal(status, await authorizer.StatusAsync(Signed(settings, authorizer.Token.With("nbf", begin))));
        }
    }

    [Theory(Timeout = 30_000)]
    [InlineData("null")]
    [InlineData("\"tomorrow\"")]
    [InlineData("true")]
    [InlineData("[4102444800]")]
    [InlineData("{}")]
    [InlineData("-1")]
    [InlineData("0")]
    [InlineData("1e400")]
    public async Task A_token_without_a_true_end_is_refused(string end)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var claims = authorizer.Token.With("exp", null).With("x", "x").Claims.ToJsonString().Replace("\"x\":\"x\"", $"\"exp\":{end}", StringComparison.Ordinal);

        await RefusesAsync(authorizer, authorizer.Token.With("exp", null));
        await RefusesAsync(authorizer, TestToken.Of(authorizer.Token.Header.ToJsonString(), claims, TestToken.By(TestToken.Rsa)));
    }

    public static TheoryData<string> NoUsers => new("null", "\"\"", "17", "true", "[\"ada\"]", "{\"id\":\"ada\"}", "\"ada\\u0000\"", "\"ada\\n\"",
        "\"\\u202eada\"", "\"ada\\u200b\"", "\"ada\\ud800\"", $"\"{new string('a', 129)}\"");

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(NoUsers))]
    public async Task A_token_that_names_no_user_is_refused(string sub)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var claims = authorizer.Token.Claims.ToJsonString().Replace("\"sub\":\"ada\"", $"\"sub\":{sub}", StringComparison.Ordinal);

        await RefusesAsync(authorizer, authorizer.Token.With("sub", null));
        await RefusesAsync(authorizer, TestToken.Of(authorizer.Token.Header.ToJsonString(), claims, TestToken.By(TestToken.Rsa)));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_claim_that_is_there_twice_is_refused()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var claims = authorizer.Token.Claims.ToJsonString().Replace("\"sub\":\"ada\"", "\"sub\":\"ada\",\"sub\":\"bob\"", StringComparison.Ordinal);

        await RefusesAsync(authorizer, TestToken.Of(authorizer.Token.Header.ToJsonString(), claims, TestToken.By(TestToken.Rsa)));
    }

    public static TheoryData<string, string> NoRights => new()
    {
        { "chat_join", "null" },
        { "chat_join", "17" },
        { "chat_join", "{\"blue\":true}" },
        { "chat_join", "[\"blue\",17]" },
        { "chat_join", "[[\"blue\"]]" },
        { "chat_post", "[\"\"]" },
        { "chat_post", "[\"blue\\n\"]" },
        { "chat_post", $"[\"{new string('b', 131)}\"]" },
        { "chat_join", $"[{string.Join(',', Enumerable.Range(0, 101).Select(room => $"\"room{room}\""))}]" },
        { "chat_role", "17" },
        { "name", "[\"Ada\"]" },
    };

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(NoRights))]
    public async Task Rights_that_make_no_sense_are_refused_and_not_guessed(string claim, string json)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        await RefusesAsync(authorizer, TestToken.Of(
            authorizer.Token.Header.ToJsonString(),
            authorizer.Token.Claims.ToJsonString().Replace("\"sub\"", $"\"{claim}\":{json},\"sub\"", StringComparison.Ordinal),
            TestToken.By(TestToken.Rsa)));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_as_long_as_a_header_can_be_is_refused_unread()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        await RefusesAsync(authorizer, authorizer.Token.With("x", new string('x', 6 * 1024)));
        await RefusesAsync(authorizer, new string('x', 8 * 1024));
        await RefusesAsync(authorizer, string.Concat(Enumerable.Repeat("e30.", 2_000)));
        Assert.Equal(200, await authorizer.StatusAsync(authorizer.Token.With("x", new string('x', 3 * 1024))));
    }

    [Fact(Timeout = 30_000)]
    public async Task Rights_that_an_answer_of_the_authorizer_cannot_hold_are_refused()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var claims = authorizer.Token.Claims.ToJsonString();
        var room = $"\"{string.Concat(Enumerable.Repeat("😀", 10))}\"";
        var rooms = string.Join(',', Enumerable.Repeat(room, 65));

        await RefusesAsync(authorizer, TestToken.Of(
            authorizer.Token.Header.ToJsonString(), $"{claims[..^1]},\"chat_join\":[{rooms}]}}", TestToken.By(TestToken.Rsa)));
        Assert.Contains("API Gateway takes 8192", authorizer.Log.Lines.Last(), StringComparison.Ordinal);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("....")]
    [InlineData("a.b")]
    [InlineData("a.b.c")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9..")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9.bnVsbA.AA")]
    [InlineData("bnVsbA.bnVsbA.AA")]
    [InlineData("W10.W10.AA")]
    [InlineData("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkExMjhHQ00ifQ.a.b.c.d")]
    [InlineData("\"; DROP TABLE users")]
    [InlineData("<script>")]
    public async Task What_is_no_token_is_refused(string token)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        await RefusesAsync(authorizer, token);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_token_that_was_changed_is_refused()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var parts = authorizer.Token.ToString().Split('.');
        var other = authorizer.Token.With("sub", "bob").ToString().Split('.');

        await RefusesAsync(authorizer, $"{parts[0]}.{other[1]}.{parts[2]}");
        await RefusesAsync(authorizer, $"{parts[0]}.{parts[1]}.{other[2]}");
        await RefusesAsync(authorizer, $"{parts[0]}.{parts[1]}.{parts[2][..^8]}");
    }

    [Fact(Timeout = 60_000)]
    public async Task Whatever_is_done_to_a_token_is_refused()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var random = new Random(13);
        var right = authorizer.Token.ToString();

        // The last character of a signature has bits that mean nothing, so it is left alone.
        for (var i = 0; i < 300; i++)
        {
            var changed = new StringBuilder(right);
            for (var changes = random.Next(1, 4); changes > 0; changes--)
            {
                var at = random.Next(changed.Length - 1);
                changed[at] = (char)(changed[at] == 'A' ? '_' : random.Next(2) == 0 ? 'A' : random.Next(33, 127));
            }

            if (changed.Equals(right.AsSpan())) continue;
            Assert.True(await authorizer.StatusAsync(Events.Authorize().WithParameter("access_token", changed.ToString())) == 401, changed.ToString());
        }
    }

    [Fact(Timeout = 30_000)]
    public async Task Extensions_that_are_not_known_are_refused()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        await RefusesAsync(authorizer, authorizer.Token.WithHeader("crit", new JsonArray("b64")).WithHeader("b64", false));
    }

    [Fact(Timeout = 60_000)]
    public async Task Users_that_look_alike_are_different_ones()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        string[] users = ["ada", "Ada", "аda", "ada ", "\u00e9", "e\u0301", "auth0|17", "ada@example.com"];

        foreach (var user in users)
        {
            Assert.Equal(user, (string?)(await authorizer.AllowAsync(authorizer.Token.With("sub", user)))["principalId"]);
        }
    }

    private static IEnumerable<AuthSettings> Ways => [RunningAuthorizer.ByPublicKey, RunningAuthorizer.BySecret];

    private static TestToken Of(IssuerServer issuer, RunningAuthorizer authorizer) => authorizer.Token.With("iss", issuer.Name);

    private static TestToken Signed(AuthSettings settings, TestToken token) => settings.Secret is { } secret
        ? token.Signed("HS256", TestToken.BySecret(Encoding.UTF8.GetBytes(secret)))
        : token;

    private static Task RefusesAsync(RunningAuthorizer authorizer, TestToken token) => RefusesAsync(authorizer, token.ToString());

    private static async Task RefusesAsync(RunningAuthorizer authorizer, string token)
    {
        Assert.Equal(401, await authorizer.StatusAsync(Events.Authorize().WithHeader("Authorization", $"Bearer {token}")));

        // One sentence, which repeats nothing of what was sent.
        var line = authorizer.Log.Lines.Last();
        Assert.StartsWith("Warning: Refused connection A-b9_xYzoAMCK1g= from 203.0.113.7: the", line, StringComparison.Ordinal);
        foreach (var part in token.Split('.').Where(part => part.Length > 4))
        {
            Assert.DoesNotContain(part, line, StringComparison.Ordinal);
        }
    }
}
