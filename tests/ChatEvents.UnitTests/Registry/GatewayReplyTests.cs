using System.Net;
using Amazon.ApiGatewayManagementApi;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using ChatEvents.ConnectionRegistry.Moderating;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Registry;

/// <summary>What an answer of the gateway means, and where requests go.</summary>
public sealed class GatewayReplyTests : IDisposable
{
    private const string Endpoint = "https://example.com/prod";

    private readonly AnsweringGateway _answers = new();
    private readonly List<string> _endpoints = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _answers.Dispose();

    private static ConnectionToEnd To(string connectionId) => new(Endpoint, connectionId, Dialect.Plain);

    [Fact]
    public async Task An_open_connection_has_the_time_when_it_was_last_used()
    {
        _answers.LastActiveAt = new DateTime(2026, 11, 21, 12, 0, 0, DateTimeKind.Utc);

        Assert.Equal(
            new GatewayReply(GatewayReplyKind.Open, new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero)),
            await Create().AskAsync(Endpoint, "a=", Cancellation));
        _answers.LastActiveAt = null;
        Assert.Equal(new GatewayReply(GatewayReplyKind.Open), await Create().AskAsync(Endpoint, "a=", Cancellation));
        Assert.Equal(["GET a=", "GET a="], _answers.Calls);
    }

    [Fact]
    public async Task Why_it_ends_is_told_before_it_ends()
    {
        Assert.Equal(new GatewayReply(GatewayReplyKind.Open), await Create().EndAsync(To("a="), "Bye \"you\".", Cancellation));
        Assert.Equal(["""POST a= {"error":"Bye \"you\"."}""", "DELETE a="], _answers.Calls);
        _answers.Calls.Clear();

        await Create().EndAsync(To("a="), why: null, Cancellation);
        Assert.Equal(["DELETE a="], _answers.Calls);
    }

    [Theory]
    [InlineData(410, "", GatewayReplyKind.Gone, null)]
    [InlineData(400, "Invalid connectionId: a=", GatewayReplyKind.Gone, null)]
    [InlineData(400, "Invalid CONNECTIONID", GatewayReplyKind.Gone, null)]
    [InlineData(400, "Bad", GatewayReplyKind.NotKnown, "400 Code Bad")]
    [InlineData(403, "connectionId is forbidden", GatewayReplyKind.NotKnown, "403 Code connectionId is forbidden")]
    [InlineData(500, "", GatewayReplyKind.NotKnown, "500 Code")]
    [InlineData(429, "Slow down", GatewayReplyKind.Throttled, "429: the account's requests are used up; ask slower, by --rate or Registry:Sweep:ChecksPerSecond")]
    public async Task Every_status_means_one_thing(int status, string message, GatewayReplyKind kind, string? problem)
    {
        _answers.Failure = status == 410
            ? new GoneException("Gone")
            : new AmazonApiGatewayManagementApiException(message, null, ErrorType.Unknown, "Code", "request", (HttpStatusCode)status);

        Assert.Equal(new GatewayReply(kind, Problem: problem), await Create().AskAsync(Endpoint, "a=", Cancellation));
    }

    [Theory]
    [InlineData(typeof(HttpRequestException))]
    [InlineData(typeof(AmazonClientException))]
    [InlineData(typeof(AmazonServiceException))]
    [InlineData(typeof(TaskCanceledException))]
    public async Task No_answer_says_nothing_of_the_connection(Type failure)
    {
        _answers.Failure = (Exception)Activator.CreateInstance(failure, "outer", new IOException("inner"))!;

        Assert.Equal(new GatewayReply(GatewayReplyKind.NotKnown, Problem: "inner"), await Create().AskAsync(Endpoint, "a=", Cancellation));
    }

    [Fact]
    public async Task A_fault_of_the_program_is_no_answer()
    {
        _answers.Failure = new InvalidOperationException();

        await Assert.ThrowsAsync<InvalidOperationException>(() => Create().AskAsync(Endpoint, "a=", Cancellation));
    }

    [Fact]
    public async Task Somebody_who_stops_gets_no_answer()
    {
        using var stopping = new CancellationTokenSource();
        await stopping.CancelAsync();
        _answers.Failure = new TaskCanceledException();

        await Assert.ThrowsAsync<TaskCanceledException>(() => Create().AskAsync(Endpoint, "a=", stopping.Token));
    }

    [Fact]
    public async Task An_endpoint_that_is_not_allowed_is_not_called()
    {
        var reply = await Create().AskAsync("https://evil.example/prod", "a=", Cancellation);

        Assert.Equal(GatewayReplyKind.NotKnown, reply.Kind);
        Assert.Equal(
            "the endpoint \"https://evil.example/prod\" is neither a host of API Gateway in this region nor in Registry:Sweep:AllowedEndpoints",
            reply.Problem);
        Assert.Empty(_answers.Calls);
        Assert.Empty(_endpoints);
    }

    [Fact]
    public async Task Each_endpoint_has_one_client_unless_another_one_takes_its_place()
    {
        var gateway = Create();
        await gateway.AskAsync(Endpoint, "a=", Cancellation);
        await gateway.AskAsync(Endpoint, "b=", Cancellation);
        await gateway.AskAsync("https://example.com/dev", "c=", Cancellation);
        Assert.Equal([Endpoint, "https://example.com/dev"], _endpoints);
        _endpoints.Clear();

        await Create("").AskAsync(Endpoint, "a=", Cancellation);
        await Create("http://localhost:1/local").AskAsync("https://evil.example/prod", "a=", Cancellation);
        Assert.Equal([Endpoint, "http://localhost:1/local"], _endpoints);
    }

    [Fact]
    public async Task Ends_are_counted_by_what_became_of_them()
    {
        var disconnections = new Disconnections(Create(), "Bye.");
        Assert.Null(disconnections.Problem);

        await disconnections.EndAsync(To("a="), Cancellation);
        _answers.Failure = new GoneException("Gone");
        await disconnections.EndAsync(To("b="), Cancellation);
        await disconnections.EndAsync(To("c="), Cancellation);
        _answers.Failure = new HttpRequestException("Connection refused.");
        await disconnections.EndAsync(To("d="), Cancellation);
        _answers.Failure = new HttpRequestException("Later.");
        await disconnections.EndAsync(To("e="), Cancellation);

        Assert.Equal((1, 2, 2), (disconnections.Ended, disconnections.Gone, disconnections.Failed));
        Assert.Equal("d=: Connection refused.", disconnections.Problem);
    }

    private Gateway Create(string? instead = null) => new(
        endpoint =>
        {
            _endpoints.Add(endpoint);
            return _answers;
        },
        instead,
        new AllowedEndpoints(region: null, ["https://example.com"]));

    /// <summary>The gateway with one answer to everything.</summary>
    private sealed class AnsweringGateway() : AmazonApiGatewayManagementApiClient(
        new AnonymousAWSCredentials(),
        new AmazonApiGatewayManagementApiConfig { ServiceURL = "http://nowhere.invalid", AuthenticationRegion = "nowhere" })
    {
        public List<string> Calls { get; } = [];

        public Exception? Failure { get; set; }

        public DateTime? LastActiveAt { get; set; }

        public override Task<GetConnectionResponse> GetConnectionAsync(GetConnectionRequest request, CancellationToken cancellationToken = default) =>
            Answer($"GET {request.ConnectionId}", new GetConnectionResponse { LastActiveAt = LastActiveAt });

        public override Task<PostToConnectionResponse> PostToConnectionAsync(
            PostToConnectionRequest request, CancellationToken cancellationToken = default) =>
            Answer($"POST {request.ConnectionId} {System.Text.Encoding.UTF8.GetString(request.Data.ToArray())}", new PostToConnectionResponse());

        public override Task<DeleteConnectionResponse> DeleteConnectionAsync(
            DeleteConnectionRequest request, CancellationToken cancellationToken = default) =>
            Answer($"DELETE {request.ConnectionId}", new DeleteConnectionResponse());

        private Task<TResponse> Answer<TResponse>(string call, TResponse response)
        {
            Calls.Add(call);
            return Failure is null ? Task.FromResult(response) : Task.FromException<TResponse>(Failure);
        }
    }
}
