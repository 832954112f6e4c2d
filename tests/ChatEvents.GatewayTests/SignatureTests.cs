using System.Net;
using System.Text;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>Signature Version 4 on <c>@connections</c>, signed by Amazon's own code.</summary>
public sealed class SignatureTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_request_signed_with_a_known_key_is_accepted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var socket = await gateway.ConnectAsync(cancellation);
        using var client = NewClient(gateway, "AKIDLOCAL", "secret");
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();

        await client.PostToConnectionAsync(
            new PostToConnectionRequest { ConnectionId = id, Data = new MemoryStream("signed"u8.ToArray()) }, cancellation);
        Assert.Equal("signed", await socket.ReceiveTextAsync(cancellation));
        Assert.NotNull((await client.GetConnectionAsync(new GetConnectionRequest { ConnectionId = id }, cancellation)).ConnectedAt);
        await client.DeleteConnectionAsync(new DeleteConnectionRequest { ConnectionId = id }, cancellation);
        Assert.Equal(1000, (await socket.ReceiveCloseAsync(cancellation)).Code);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("AKIDLOCAL", "wrong", "eu-central-1", "InvalidSignatureException")]
    [InlineData("AKIDOTHER", "secret", "eu-central-1", "UnrecognizedClientException")]
    [InlineData("AKIDLOCAL", "secret", "us-east-1", "InvalidSignatureException")]
    public async Task A_request_signed_otherwise_is_403(string accessKey, string secret, string region, string errorType)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var client = NewClient(gateway, accessKey, secret, region);
        var refused = await Assert.ThrowsAnyAsync<AmazonServiceException>(
            () => client.GetConnectionAsync(new GetConnectionRequest { ConnectionId = "Qv7kLd3mIAMCJw8=" }, cancellation));
        Assert.Equal((HttpStatusCode.Forbidden, errorType), (refused.StatusCode, refused.ErrorCode));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_unsigned_request_misses_its_authentication_token()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var answer = await gateway.PostAsync("Qv7kLd3mIAMCJw8=", "x");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("MissingAuthenticationTokenException", answer.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal("""{"message":"Missing Authentication Token"}""", await answer.Content.ReadAsStringAsync(cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("Bearer token", "IncompleteSignatureException")]
    [InlineData("AWS4-HMAC-SHA256 Credential=x", "IncompleteSignatureException")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDLOCAL/20261121/eu-central-1/execute-api, SignedHeaders=host, Signature=00", "IncompleteSignatureException")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDLOCAL/20261121/eu-central-1/sqs/aws4_request, SignedHeaders=host, Signature=00", "InvalidSignatureException")]
    [InlineData("AWS4-HMAC-SHA256 Credential=AKIDLOCAL/20261121/eu-central-1/execute-api/aws4_request, SignedHeaders=host, Signature=00", "IncompleteSignatureException")]
    public async Task An_incomplete_or_foreign_signature_is_403(string authorization, string errorType)
    {
        await using var gateway = await StartAsync();
        using var request = new HttpRequestMessage(HttpMethod.Get, "/local/@connections/Qv7kLd3mIAMCJw8=");
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using var answer = await gateway.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.Equal((HttpStatusCode.Forbidden, errorType), (answer.StatusCode, answer.Headers.GetValues("x-amzn-ErrorType").Single()));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_signature_of_another_time_is_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        // The SDK signs with the machine's clock; the gateway believes that it is another year.
        await using var gateway = await StartAsync(new FakeTime(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero)));
        using var client = NewClient(gateway, "AKIDLOCAL", "secret");
        var refused = await Assert.ThrowsAnyAsync<AmazonServiceException>(
            () => client.GetConnectionAsync(new GetConnectionRequest { ConnectionId = "Qv7kLd3mIAMCJw8=" }, cancellation));
        Assert.Equal("InvalidSignatureException", refused.ErrorCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_body_that_was_changed_after_signing_is_refused()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        using var tampering = new TamperingProxy(gateway.Http);
        using var client = NewClient(gateway, "AKIDLOCAL", "secret", http: tampering);
        var refused = await Assert.ThrowsAnyAsync<AmazonServiceException>(() =>
            client.PostToConnectionAsync(
                new PostToConnectionRequest { ConnectionId = id, Data = new MemoryStream("signed"u8.ToArray()) }, cancellation));
        Assert.Equal("InvalidSignatureException", refused.ErrorCode);
    }

    private static async Task<TestGateway> StartAsync(TimeProvider? time = null)
    {
        var gateway = await TestGateway.StartAsync(Cancellation, options =>
        {
            Api.AllRoutes(options);
            options.Signing.Keys["AKIDLOCAL"] = "secret";
        }, time);
        gateway.ServeAll();
        return gateway;
    }

    private static AmazonApiGatewayManagementApiClient NewClient(
        TestGateway gateway, string accessKey, string secret, string region = "eu-central-1", HttpClientFactory? http = null)
    {
        var config = new AmazonApiGatewayManagementApiConfig { ServiceURL = $"{gateway.Address}local", AuthenticationRegion = region, MaxErrorRetry = 0, UseHttp = true };
        if (http is not null)
            config.HttpClientFactory = http;
        return new AmazonApiGatewayManagementApiClient(new BasicAWSCredentials(accessKey, secret), config);
    }

    /// <summary>Replaces every body on its way.</summary>
    private sealed class TamperingProxy(HttpClient target) : HttpClientFactory, IDisposable
    {
        private readonly HttpClient _client = new(new Handler(target));

        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => _client;

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;

        public override bool DisposeHttpClientsAfterUse(IClientConfig clientConfig) => false;

        public void Dispose() => _client.Dispose();

        private sealed class Handler(HttpClient target) : HttpMessageHandler
        {
            protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
            {
                using var copy = new HttpRequestMessage(request.Method, request.RequestUri);
                copy.Content = new ByteArrayContent(Encoding.UTF8.GetBytes("forged"));
                foreach (var (name, values) in request.Headers)
                    copy.Headers.TryAddWithoutValidation(name, values);
                foreach (var (name, values) in request.Content!.Headers.Where(header => header.Key != "Content-Length"))
                    copy.Content.Headers.TryAddWithoutValidation(name, values);
                return await target.SendAsync(copy, cancellationToken);
            }
        }
    }
}
