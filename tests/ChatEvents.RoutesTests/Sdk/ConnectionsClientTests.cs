using System.Net;
using System.Text;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using ChatEvents.RoutesTests.Servers;

namespace ChatEvents.RoutesTests.Sdk;

/// <summary>The client of <c>@connections</c>, the stand-in below sdk/ or Amazon's, held to answers recorded from AWS.</summary>
public sealed class ConnectionsClientTests : IAsyncLifetime
{
    private const string ConnectionId = "A-b9_xYzoAMCK1g=";

    private readonly RecordingServer _server = new();
    private AmazonApiGatewayManagementApiClient _gateway = null!;

    public async ValueTask InitializeAsync()
    {
        await _server.StartAsync();
        _gateway = new AmazonApiGatewayManagementApiClient(new BasicAWSCredentials("test", "test"), new AmazonApiGatewayManagementApiConfig
        {
            ServiceURL = _server.Url + "/prod",
            AuthenticationRegion = "eu-central-1",
            MaxErrorRetry = 0,
        });
    }

    public async ValueTask DisposeAsync()
    {
        _gateway.Dispose();
        await _server.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_sends_the_bytes_as_they_are_below_the_stage()
    {
        _server.NextAnswer(200, "");

        await PostAsync("Echo: Grüße", TestContext.Current.CancellationToken);

        Assert.Equal("POST", _server.OnlyRequest.Method);
        Assert.Equal("/prod/%40connections/A-b9_xYzoAMCK1g%3D", _server.OnlyRequest.Target);
        Assert.Equal("Echo: Grüße", _server.OnlyRequest.Body);
        Assert.Equal("application/octet-stream", _server.OnlyRequest.Headers["Content-Type"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_is_signed_for_execute_api_in_the_region()
    {
        _server.NextAnswer(200, "");

        await PostAsync("hello", TestContext.Current.CancellationToken);

        Assert.Contains("/eu-central-1/execute-api/aws4_request,", _server.OnlyRequest.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_same_data_can_be_posted_to_many_connections()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _server.NextAnswer(200, "");
        _server.NextAnswer(200, "");
        using var data = new MemoryStream(Encoding.UTF8.GetBytes("hello"));

        await _gateway.PostToConnectionAsync(new PostToConnectionRequest { ConnectionId = "a", Data = data }, cancellation);
        await _gateway.PostToConnectionAsync(new PostToConnectionRequest { ConnectionId = "b", Data = data }, cancellation);

        Assert.All(_server.Requests, request => Assert.Equal("hello", request.Body));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_is_read_with_its_times_in_utc()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _server.NextAnswer(
            200,
            """
            { "identity": { "sourceIp": "203.0.113.7", "userAgent": "MyClient/1.0" },
              "connectedAt": "2026-11-21T11:35:24.518Z", "lastActiveAt": "2026-11-21T11:36:01.242Z" }
            """,
            ("Content-Type", "application/json"));

        var connection = await _gateway.GetConnectionAsync(new GetConnectionRequest { ConnectionId = ConnectionId }, cancellation);

        Assert.Equal("GET", _server.OnlyRequest.Method);
        Assert.Equal(new DateTime(2026, 11, 21, 11, 35, 24, 518, DateTimeKind.Utc), connection.ConnectedAt);
        Assert.Equal(DateTimeKind.Utc, connection.ConnectedAt!.Value.Kind);
        Assert.Equal(new DateTime(2026, 11, 21, 11, 36, 1, 242, DateTimeKind.Utc), connection.LastActiveAt);
        Assert.Equal(("203.0.113.7", "MyClient/1.0"), (connection.Identity.SourceIp, connection.Identity.UserAgent));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_connection_is_deleted_without_an_answer_body()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _server.NextAnswer(204, "");

        var deleted = await _gateway.DeleteConnectionAsync(new DeleteConnectionRequest { ConnectionId = ConnectionId }, cancellation);

        Assert.Equal("DELETE", _server.OnlyRequest.Method);
        Assert.Equal(HttpStatusCode.NoContent, deleted.HttpStatusCode);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(410, "GoneException", "", typeof(GoneException))]
    [InlineData(403, "ForbiddenException", """{"message":"Forbidden"}""", typeof(ForbiddenException))]
    [InlineData(413, "PayloadTooLargeException", """{"message":"Too large"}""", typeof(PayloadTooLargeException))]
    [InlineData(429, "LimitExceededException", "", typeof(LimitExceededException))]
    [InlineData(400, "BadRequestException", """{"message":"Invalid connectionId: abc"}""", typeof(AmazonApiGatewayManagementApiException))]
    public async Task The_error_header_picks_the_exception(int status, string error, string body, Type exception)
    {
        var cancellation = TestContext.Current.CancellationToken;
        _server.NextAnswer(status, body, ("x-amzn-ErrorType", error), ("Content-Type", "application/json"));

        var thrown = await Assert.ThrowsAnyAsync<AmazonApiGatewayManagementApiException>(() => PostAsync("hello", cancellation));

        Assert.IsType(exception, thrown);
        Assert.Equal((HttpStatusCode)status, thrown.StatusCode);
        Assert.Equal(error, thrown.ErrorCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_without_a_connection_id_is_refused_before_it_is_sent()
    {
        await Assert.ThrowsAsync<AmazonApiGatewayManagementApiException>(
            () => _gateway.PostToConnectionAsync(new PostToConnectionRequest(), TestContext.Current.CancellationToken));

        Assert.Empty(_server.Requests);
    }

    private Task<PostToConnectionResponse> PostAsync(string text, CancellationToken cancellation) =>
        _gateway.PostToConnectionAsync(
            new PostToConnectionRequest { ConnectionId = ConnectionId, Data = new MemoryStream(Encoding.UTF8.GetBytes(text)) },
            cancellation);
}
