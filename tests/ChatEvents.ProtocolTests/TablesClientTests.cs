using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.SQS;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers;
using ChatEvents.Consumers.Tables;
using ChatEvents.FanOut;
using ChatEvents.Local;
using ChatEvents.RoutesTests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests;

public sealed class TablesClientTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(0)] // not even headers
    [InlineData(40)]
    public async Task A_request_whose_answer_hangs_is_given_up_within_seconds_and_sent_again(int bytes)
    {
        await using var server = new OneRow { HangsFirstAfter = bytes };
        await server.StartAsync();
        using var client = ClientOf(server);

        var page = await client.QueryRowsAsync(new QueryRequest("ChatRooms"), TestContext.Current.CancellationToken);

        Assert.Equal("a=", Assert.Single(page.Rows).ConnectionId);
        Assert.Equal(2, server.Requests);
    }

    [Fact(Timeout = 60_000)]
    public async Task Requests_one_after_the_other_share_a_socket()
    {
        await using var server = new OneRow();
        await server.StartAsync();
        using var client = ClientOf(server);

        for (var i = 0; i < 5; i++) await client.QueryRowsAsync(new QueryRequest("ChatRooms"), TestContext.Current.CancellationToken);

        Assert.Single(server.Sockets);
    }

    [Fact]
    public async Task Both_workers_speak_to_DynamoDB_like_that()
    {
        LocalSettings.CompleteEnvironment(); // Amazon's client takes the region from there
        await using var registry = RegistryWorker.Build([]);
        await using var fanOut = FanOutWorker.Build([]);

        var wanted = TablesClient.CreateConfig();
        Assert.All(
            [registry, fanOut],
            worker =>
            {
                var config = worker.Services.GetRequiredService<IAmazonDynamoDB>().Config;
                Assert.Equal((wanted.Timeout, wanted.MaxErrorRetry, wanted.RetryMode), (config.Timeout, config.MaxErrorRetry, config.RetryMode));
                Assert.IsType<BodyTimeoutHttpClientFactory>(config.HttpClientFactory);
                Assert.IsType<BodyTimeoutHttpClientFactory>(worker.Services.GetRequiredService<IAmazonSQS>().Config.HttpClientFactory);
            });
    }

    private static RoomRowsClient ClientOf(OneRow server)
    {
        var config = TablesClient.CreateConfig();
        (config.ServiceURL, config.AuthenticationRegion) = ($"http://{server.HostAndPort}", EmulatorsFixture.Region);
        return new RoomRowsClient(EmulatorsFixture.Credentials, config);
    }

    /// <summary>A DynamoDB that answers a room's only row.</summary>
    private sealed class OneRow : LoopbackServer
    {
        private static readonly byte[] Answer =
            """{"Count":1,"Items":[{"connectionid":{"S":"a="},"endpoint":{"S":"http://x/y"},"connectedat":{"N":"1"}}]}"""u8.ToArray();

        private int _requests;

        /// <summary>So many bytes of the answer are all that the first to ask gets; null for the whole.</summary>
        public int? HangsFirstAfter { get; init; }

        public int Requests => _requests;

        /// <summary>The sockets that requests came by.</summary>
        public HashSet<string> Sockets { get; } = [];

        protected override void Map(WebApplication app) => app.MapPost("/", async http =>
        {
            lock (Sockets) Sockets.Add(http.Connection.Id);
            (http.Response.ContentType, http.Response.ContentLength) = ("application/x-amz-json-1.0", Answer.Length);
            if (Interlocked.Increment(ref _requests) == 1 && HangsFirstAfter is { } bytes)
            {
                if (bytes > 0) await http.Response.Body.WriteAsync(Answer.AsMemory(0, bytes), http.RequestAborted);
                await new TaskCompletionSource().Task.WaitAsync(http.RequestAborted);
            }

            await http.Response.Body.WriteAsync(Answer, http.RequestAborted);
        });
    }
}
