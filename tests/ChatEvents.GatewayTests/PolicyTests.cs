using System.Text;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.GatewayTests;

/// <summary>No member of an authorizer's policy is ignored (faults.md B9).</summary>
public sealed class PolicyTests
{
    private const string Arn = "arn:aws:execute-api:eu-central-1:000000000000:local00api/local/$connect";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("""{"Effect":"Allow","Action":"execute-api:Invoke","Resource":"*"}""", 101)]
    [InlineData("""{"Effect":"Allow","NotAction":"s3:*","Resource":"*"}""", 101)]
    [InlineData("""{"Effect":"Allow","NotAction":"execute-api:*","Resource":"*"}""", 403)]
    [InlineData($$"""{"Effect":"Allow","Action":"*","NotResource":"{{Arn}}"}""", 403)]
    [InlineData("""{"Effect":"Allow","Action":"*","NotResource":["arn:aws:s3:::*"]}""", 101)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}}}""", 403)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":["203.0.113.0/24","127.0.0.1"]}}}""", 101)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NotIpAddress":{"aws:SourceIp":"127.0.0.0/8"}}}""", 403)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringLike":{"AWS:UserAgent":"Mozilla/*"}}}""", 101)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:UserAgent":"curl"}}}""", 403)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringNotEquals":{"aws:UserAgent":"curl"}}}""", 101)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:Referer":"https://app.example"}}}""", 403)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEqualsIfExists":{"aws:Referer":"https://app.example"}}}""", 101)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Null":{"aws:Referer":"true"}}}""", 101)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":true}}}""", 403)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"}}}""", 101)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"DateGreaterThan":{"aws:CurrentTime":"2020-01-01T00:00:00Z"},"IpAddress":{"aws:SourceIp":"203.0.113.7"}}}""", 403)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"NumericLessThan":{"aws:EpochTime":1000}}}""", 403)]
    public async Task A_statement_is_evaluated_with_all_its_members(string statement, int status)
    {
        await using var gateway = await StartAsync(statement, TestContext.Current.CancellationToken);

        Assert.Equal(status, await HandshakeAsync(gateway));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringEquals":{"aws:PrincipalOrgID":"o-1"}}}""", "has a condition on aws:PrincipalOrgID, which this gateway does not know")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"BinaryEquals":{"aws:UserAgent":"eA=="}}}""", "has a condition BinaryEquals, which this gateway does not know")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"home"}}}""", "has a condition IpAddress on aws:SourceIp with a value that is none: home")]
    [InlineData("""{"Effect":"Allow","Action":"*","Resource":"*","Condition":"never"}""", "has a Condition that is not an object")]
    [InlineData("""{"Effect":"Perhaps","Action":"*","Resource":"*"}""", "has a statement that is not an object with Effect Allow or Deny")]
    [InlineData("""{"Effect":"Allow","Resource":"*"}""", "has a statement that is not an object with Effect Allow or Deny, Action or NotAction")]
    public async Task What_cannot_be_evaluated_is_500_and_a_sentence_in_the_log(string statement, string sentence)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(statement, cancellation);

        Assert.Equal(500, await HandshakeAsync(gateway));

        await gateway.LogLineAsync(sentence, cancellation);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("stageVariables.table", 101)]
    [InlineData("stageVariables.none", 401)]
    [InlineData("context.identity.sourceIp", 101)]
    [InlineData("context.identity.userAgent", 401)]
    [InlineData("context.stage", 101)]
    public async Task Stage_variables_and_context_may_be_identity_sources(string source, int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync("""{"Effect":"Allow","Action":"*","Resource":"*"}""", cancellation, options =>
        {
            options.StageVariables["table"] = "conns";
            options.Authorizer!.IdentitySources.Add(source);
        });

        Assert.Equal(status, await HandshakeAsync(gateway, "X-None: 1"));
    }

    private static async Task<int> HandshakeAsync(TestGateway gateway, string header = "User-Agent: Mozilla/5.0")
    {
        await using var client = await RawClient.OpenAsync(gateway.Address, Cancellation);
        return (await client.HandshakeAsync("/local", header)).Status;
    }

    private static async Task<TestGateway> StartAsync(
        string statement, CancellationToken cancellation, Action<GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            options.Authorizer = new AuthorizerOptions { Function = "auth" };
            configure?.Invoke(options);
        });
        gateway.Serve("auth", _ => new StringContent(
            """{"principalId":"user-17","policyDocument":{"Version":"2012-10-17","Statement":""" + statement + "}}", Encoding.UTF8, "application/json"));
        return gateway;
    }
}
