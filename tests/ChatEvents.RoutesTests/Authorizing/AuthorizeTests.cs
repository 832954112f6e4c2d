using System.Text.Json.Nodes;
using ChatEvents.Routes;
using ChatEvents.Routes.Authorizing;

namespace ChatEvents.RoutesTests.Authorizing;

/// <summary>Who is let in, as whom, and by which of the three places of a token.</summary>
public sealed class AuthorizeTests
{
    private static readonly AuthSettings Optional = RunningAuthorizer.ByPublicKey with { Mode = AuthMode.Optional };

    [Fact(Timeout = 30_000)]
    public async Task A_right_token_is_answered_with_the_user_and_what_later_frames_need()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var token = authorizer.Token
            .With("name", "Ada")
            .With("chat_join", new JsonArray("blue", "team-*"))
            .With("chat_post", new JsonArray("@*"))
            .With("chat_role", "moderator");

        var answer = await authorizer.AllowAsync(token);

        Assert.Equal(
            $$$"""
            {"principalId":"ada","policyDocument":{"Version":"2012-10-17","Statement":[{"Action":"execute-api:Invoke","Effect":"Allow","Resource":"{{{Events.MethodArn}}}"}]},"context":{"join":"[\"blue\",\"team-*\"]","post":"[\"@*\"]","expires":"{{{authorizer.Time.GetUtcNow().AddHours(1).ToUnixTimeSeconds()}}}","dialect":"plain","name":"Ada","role":"moderator"}}
            """,
            answer.ToJsonString(Relaxed));
        Assert.Equal(["Information: Connection A-b9_xYzoAMCK1g= from 203.0.113.7 is \"ada\"."], authorizer.Log.Lines);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("header")]
    [InlineData("header in lower case")]
    [InlineData("only the header of the single map")]
    [InlineData("sub-protocol")]
    [InlineData("sub-protocol among others in two headers")]
    [InlineData("query")]
    public async Task A_token_is_found_in_each_of_its_places(string place)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var token = authorizer.Token.ToString();

        var answer = await authorizer.AllowAsync(place switch
        {
            "header" => Events.Authorize().WithHeader("Authorization", $"Bearer {token}"),
            "header in lower case" => Events.Authorize().WithHeader("authorization", $"bearer  {token} "),
            "only the header of the single map" => Without(
                Events.Authorize().WithHeader("Authorization", $"Bearer {token}"), "multiValueHeaders"),
            "sub-protocol" => Events.Authorize().WithHeader("Sec-WebSocket-Protocol", $"bearer.{token}"),
            "sub-protocol among others in two headers" => Events.Authorize()
                .WithHeader("Sec-WebSocket-Protocol", "chatevents.v1,mqtt", $"soap, bearer.{token}"),
            _ => Events.Authorize().WithParameter("access_token", token),
        });

        Assert.Equal("ada", (string?)answer["principalId"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_header_counts_before_the_sub_protocol_and_that_before_the_query()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        string TokenOf(string user) => authorizer.Token.With("sub", user).ToString();

        var handshake = Events.Authorize().WithParameter("access_token", TokenOf("query"));
        Assert.Equal("query", (string?)(await authorizer.AllowAsync(handshake))["principalId"]);
        handshake.WithHeader("Sec-WebSocket-Protocol", $"bearer.{TokenOf("protocol")}");
        Assert.Equal("protocol", (string?)(await authorizer.AllowAsync(handshake))["principalId"]);
        handshake.WithHeader("Authorization", $"Bearer {TokenOf("header")}");
        Assert.Equal("header", (string?)(await authorizer.AllowAsync(handshake))["principalId"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_wrong_token_is_not_made_good_by_a_right_one_in_another_place()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, Optional);

        Assert.Equal(401, await authorizer.StatusAsync(
            Events.Authorize().WithHeader("Authorization", "Bearer x.y.z").WithParameter("access_token", authorizer.Token.ToString())));
    }

    [Fact(Timeout = 30_000)]
    public async Task Two_tokens_in_one_place_are_refused()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, Optional);
        var (ada, bob) = (authorizer.Token.ToString(), authorizer.Token.With("sub", "bob").ToString());

        Assert.Equal(401, await authorizer.StatusAsync(Events.Authorize().WithHeader("Authorization", $"Bearer {ada}", $"Bearer {bob}")));
        Assert.Equal(401, await authorizer.StatusAsync(Events.Authorize().WithHeader("Sec-WebSocket-Protocol", $"bearer.{ada}, bearer.{bob}")));
        Assert.Equal(401, await authorizer.StatusAsync(Events.Authorize().WithParameter("access_token", ada, bob)));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(AuthMode.Required, 401)]
    [InlineData(AuthMode.Optional, 200)]
    public async Task Without_a_token_one_is_a_guest_where_that_is_allowed(AuthMode mode, int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, Optional with { Mode = mode });

        Assert.Equal(status, await authorizer.StatusAsync(Events.Authorize()));
        Assert.Equal(status, await authorizer.StatusAsync(Events.Authorize().WithHeader("Authorization", "Basic YWRhOmFkYQ==")));
        Assert.Equal(status, await authorizer.StatusAsync(Events.Authorize().WithHeader("Sec-WebSocket-Protocol", "bearer, chatevents.v1")));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(AuthMode.Required)]
    [InlineData(AuthMode.Optional)]
    public async Task A_wrong_token_is_refused_in_both_modes(AuthMode mode)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, Optional with { Mode = mode });

        Assert.Equal(401, await authorizer.StatusAsync(authorizer.Token with { Sign = TestToken.By(TestToken.OtherRsa) }));
        Assert.Equal(401, await authorizer.StatusAsync(Events.Authorize().WithHeader("Authorization", "Bearer")));
        Assert.Equal(401, await authorizer.StatusAsync(Events.Authorize().WithParameter("access_token", "")));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_guest_has_a_name_that_does_not_tell_its_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, Optional with { GuestKey = "a key of a deployment" });

        var guest = await authorizer.AllowAsync(Events.Authorize());

        var name = (string)guest["principalId"]!;
        Assert.Matches("^guest-[a-z2-7]{6}$", name);
        Assert.Equal($$"""{"guest":"{{name}}","join":"[\"*\"]","post":"[\"*\"]","dialect":"plain"}""", guest["context"]!.ToJsonString(Relaxed));
    }

    [Theory(Timeout = 30_000)]
    [InlineData("chatevents.v1, bearer.x", "", "json")]
    [InlineData("graphql-ws, chatevents.v1", "", "json")]
    [InlineData("chatevents.plain", "chatevents.v1", "plain")]
    [InlineData("", "chatevents.v1", "json")]
    [InlineData("", "chatevents.v2", "plain")]
    public async Task What_the_client_speaks_is_said_with_every_event_of_its_connection(string offered, string asked, string dialect)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);
        var handshake = Events.Authorize().WithHeader("Authorization", $"Bearer {authorizer.Token}");
        if (offered.Length > 0) handshake.WithHeader(Subprotocol.Header, offered);
        if (asked.Length > 0) handshake.WithParameter("protocol", asked);

        Assert.Equal(dialect, (string?)(await authorizer.AllowAsync(handshake))["context"]!["dialect"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_guest_that_names_its_client_keeps_its_name_over_connections()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, Optional);
        async Task<string> NameAsync(string connectionId, string? client)
        {
            var handshake = Events.Authorize();
            handshake["requestContext"]!["connectionId"] = connectionId;
            if (client is not null) handshake.WithParameter("client", client);
            return (string)(await authorizer.AllowAsync(handshake))["principalId"]!;
        }

        var name = await NameAsync("A-b9_xYzoAMCK1g=", "Client-0123456789");
        Assert.Equal(name, await NameAsync("B-b9_xYzoAMCK1g=", "Client-0123456789"));
        Assert.NotEqual(name, await NameAsync("B-b9_xYzoAMCK1g=", "Client-0123456780"));
        Assert.NotEqual(name, await NameAsync("Client-0123456789", null));

        // Too short to be met by chance only, or not of the alphabet: the connection's own name.
        var own = await NameAsync("B-b9_xYzoAMCK1g=", null);
        Assert.Equal(own, await NameAsync("B-b9_xYzoAMCK1g=", "short"));
        Assert.Equal(own, await NameAsync("B-b9_xYzoAMCK1g=", "Client 0123456789"));
    }

    [Fact(Timeout = 30_000)]
    public async Task Without_open_rooms_only_a_token_that_names_rooms_opens_any()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, Optional with { OpenRooms = false });

        var guest = (await authorizer.AllowAsync(Events.Authorize()))["context"]!;
        var nobody = (await authorizer.AllowAsync(authorizer.Token))["context"]!;
        var member = (await authorizer.AllowAsync(authorizer.Token.With("chat_join", new JsonArray("blue"))))["context"]!;

        Assert.Equal(("[]", "[]"), ((string?)guest["join"], (string?)guest["post"]));
        Assert.Equal(("[]", "[]"), ((string?)nobody["join"], (string?)nobody["post"]));
        Assert.Equal(("[\"blue\"]", "[]"), ((string?)member["join"], (string?)member["post"]));
    }

    [Fact(Timeout = 30_000)]
    public async Task Rooms_may_be_given_as_words_of_one_text_by_issuers_that_have_no_arrays()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        var context = (await authorizer.AllowAsync(authorizer.Token.With("chat_join", "blue  team-*").With("chat_role", "moderator editor")))["context"]!;

        Assert.Equal("[\"blue\",\"team-*\"]", (string?)context["join"]);
        Assert.Equal("moderator", (string?)context["role"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("admin")]
    [InlineData("Moderator")]
    [InlineData("moderators")]
    public async Task A_role_that_is_not_known_gives_nothing(string role)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        Assert.Null((await authorizer.AllowAsync(authorizer.Token.With("chat_role", role)))["context"]!["role"]);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("Ada", "Ada")]
    [InlineData("  Ada\u0007\r\n\u001b[2J ", "Ada[2J")]
    [InlineData("\u202eadA", "adA")]
    [InlineData("", null)]
    [InlineData("\u0000\u0001", null)]
    public async Task A_name_is_cleaned_of_what_could_pretend_to_be_something_else(string claim, string? name)
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        Assert.Equal(name, (string?)(await authorizer.AllowAsync(authorizer.Token.With("name", claim)))["context"]!["name"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_long_name_is_cut_between_characters()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken);

        var name = (string)(await authorizer.AllowAsync(authorizer.Token.With("name", $"x{string.Concat(Enumerable.Repeat("😀", 100))}")))["context"]!["name"]!;

        Assert.Equal($"x{string.Concat(Enumerable.Repeat("😀", 63))}", name);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("ES256")]
    [InlineData("PS256")]
    [InlineData("RS512")]
    public async Task Other_algorithms_of_public_keys_are_fine(string algorithm)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var authorizer = await RunningAuthorizer.StartAsync(cancellation, RunningAuthorizer.ByPublicKey with
        {
            PublicKey = $"{TestToken.Rsa.ExportSubjectPublicKeyInfoPem()}\n{TestToken.EllipticCurve.ExportSubjectPublicKeyInfoPem()}",
        });

        Assert.Equal(200, await authorizer.StatusAsync(authorizer.Token.WithHeader("kid", null).Signed(algorithm, data => algorithm switch
        {
            "ES256" => TestToken.EllipticCurve.SignData(data, System.Security.Cryptography.HashAlgorithmName.SHA256),
            "PS256" => TestToken.Rsa.SignData(
                data, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pss),
            _ => TestToken.Rsa.SignData(
                data, System.Security.Cryptography.HashAlgorithmName.SHA512, System.Security.Cryptography.RSASignaturePadding.Pkcs1),
        })));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_secret_serves_a_laptop()
    {
        await using var authorizer = await RunningAuthorizer.StartAsync(TestContext.Current.CancellationToken, RunningAuthorizer.BySecret);

        Assert.Equal(200, await authorizer.StatusAsync(
            authorizer.Token.Signed("HS256", TestToken.BySecret(System.Text.Encoding.UTF8.GetBytes(TestToken.Secret)))));
    }

    private static JsonObject Without(JsonObject json, string member)
    {
        json.Remove(member);
        return json;
    }

    private static readonly System.Text.Json.JsonSerializerOptions Relaxed =
        new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
}
