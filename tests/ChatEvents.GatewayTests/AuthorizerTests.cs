using System.Text.Json;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.GatewayTests;

/// <summary>A REQUEST authorizer in front of <c>$connect</c>.</summary>
public sealed class AuthorizerTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_the_authorizer_allows_connects_and_every_event_carries_its_context_as_strings()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => Policy("Allow", context: new { tenant = "acme", admin = true, level = 42 }), cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(101, (await client.HandshakeAsync("/local?token=t")).Status);
        await client.SendTextAsync("x");
        await gateway.EventAsync("default", cancellation);
        await client.SendCloseAsync(1000);

        foreach (var function in (string[])["connect", "default", "disconnect"])
        {
            var authorizer = (await gateway.EventAsync(function, cancellation)).Context().GetProperty("authorizer");
            Assert.Equal("""{"principalId":"user-17","tenant":"acme","admin":"true","level":"42","integrationLatency":""", authorizer.GetRawText().Split("integrationLatency\":")[0] + "integrationLatency\":");
            Assert.Equal(JsonValueKind.Number, authorizer.GetProperty("integrationLatency").ValueKind);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task The_authorizer_sees_the_connect_event_the_upgrade_headers_and_the_ARN_to_decide_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => Policy("Allow"), cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        await client.HandshakeAsync("/local?token=t");
        var @event = await gateway.EventAsync("auth", cancellation);
        Assert.Equal("REQUEST", @event.Text("type"));
        Assert.Equal("arn:aws:execute-api:eu-central-1:111122223333:k3x9ab12cd/local/$connect", @event.Text("methodArn"));
        Assert.Equal(("upgrade", "websocket", "0"), (@event.GetProperty("headers").Text("Connection"), @event.GetProperty("headers").Text("Upgrade"), @event.GetProperty("headers").Text("content-length")));
        Assert.Equal("t", @event.GetProperty("queryStringParameters").Text("token"));
        Assert.Empty(@event.GetProperty("stageVariables").EnumerateObject());
        Assert.Equal("CONNECT", @event.Context().Text("eventType"));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/local")]
    [InlineData("/local?token=")]
    [InlineData("/local?other=t")]
    public async Task A_handshake_without_the_identity_source_is_401_and_nobody_is_asked(string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => Policy("Allow"), cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(401, (await client.HandshakeAsync(path)).Status);
        Assert.Empty(gateway.Seen("auth"));
        Assert.Empty(gateway.Seen("connect"));
    }

    [Fact(Timeout = 60_000)]
    public async Task All_identity_sources_must_be_there_and_header_names_have_no_case()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(
            _ => Policy("Allow"),
            cancellation, options => options.Authorizer!.IdentitySources.Add("route.request.header.X-Key"));
        await using var lacking = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(401, (await lacking.HandshakeAsync("/local?token=t")).Status);
        await using var complete = await RawClient.OpenAsync(gateway.Address, cancellation);
        Assert.Equal(101, (await complete.HandshakeAsync("/local?token=t", "x-key: k")).Status);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"statusCode":401}""")]
    [InlineData("""{"principalId":"u"}""")]
    [InlineData("""{"principalId":"u","policyDocument":{}}""")]
    [InlineData("""{"policyDocument":{"Statement":[]}}""")]
    [InlineData("""{"principalId":"u","policyDocument":{"Statement":[]},"context":{"nested":{}}}""")]
    [InlineData("null")]
    [InlineData("no JSON")]
    public async Task A_malformed_answer_is_500(string answer)
    {
        await using var gateway = await StartAsync(_ => new StringContent(answer), TestContext.Current.CancellationToken);
        await AssertStatusAsync(gateway, 500);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_of_more_than_8_KB_is_500()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(_ => Policy("Allow", context: new { big = new string('x', 8 * 1024) }), cancellation);
        await AssertStatusAsync(gateway, 500);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("Deny", "execute-api:Invoke", "arn:aws:execute-api:eu-central-1:111122223333:k3x9ab12cd/local/$connect", 403)]
    [InlineData("Allow", "execute-api:Invoke", "arn:aws:execute-api:eu-central-1:111122223333:k3x9ab12cd/local/*/*", 403)]
    [InlineData("Allow", "execute-api:ManageConnections", "*", 403)]
    [InlineData("Allow", "execute-api:Invoke", "arn:aws:execute-api:*:*:k3x9ab12cd/local/*", 101)]
    [InlineData("Allow", "execute-api:*", "arn:aws:execute-api:eu-central-1:111122223333:k3x9ab12c?/local/$connect", 101)]
    [InlineData("Allow", "*", "*", 101)]
    public async Task The_policy_decides_as_IAM_does(string effect, string action, string resource, int status)
    {
        await using var gateway = await StartAsync(_ => Policy(effect, action, resource), TestContext.Current.CancellationToken);
        await AssertStatusAsync(gateway, status);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_Deny_wins_over_an_Allow()
    {
        await using var gateway = await StartAsync(_ => new
        {
            principalId = "u",
            policyDocument = new
            {
                Statement = new object[]
                {
                    new { Effect = "Allow", Action = (string[])["execute-api:Invoke"], Resource = (string[])["*"] },
                    new { Effect = "Deny", Action = "execute-api:Invoke", Resource = "arn:*/$connect" },
                },
            },
        }, TestContext.Current.CancellationToken);
        await AssertStatusAsync(gateway, 403);
        Assert.Empty(gateway.Seen("connect"));
    }

    private static object Policy(string effect, string action = "execute-api:Invoke", string resource = "*", object? context = null) => new
    {
        principalId = "user-17",
        policyDocument = new { Version = "2012-10-17", Statement = new { Effect = effect, Action = action, Resource = resource } },
        context,
    };

    private static async Task AssertStatusAsync(TestGateway gateway, int status)
    {
        await using var client = await RawClient.OpenAsync(gateway.Address, Cancellation);
        Assert.Equal(status, (await client.HandshakeAsync("/local?token=t")).Status);
    }

    private static async Task<TestGateway> StartAsync(
        Func<JsonElement, object?> authorizer, CancellationToken cancellation, Action<GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            options.ApiId = "k3x9ab12cd";
            options.AccountId = "111122223333";
            options.Authorizer = new AuthorizerOptions { Function = "auth", IdentitySources = { "route.request.querystring.token" } };
            configure?.Invoke(options);
        });
        gateway.ServeAll();
        gateway.Serve("auth", authorizer);
        return gateway;
    }
}
