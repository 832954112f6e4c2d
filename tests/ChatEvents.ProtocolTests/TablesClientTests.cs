using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers.Tables;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Local;
using ChatEvents.RoutesTests.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.ProtocolTests;

public sealed class TablesClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task A_request_that_hangs_is_given_up_within_seconds_and_sent_again()
    {
        await using var server = new HangingOnce();
        await server.StartAsync();
        var config = TablesClient.CreateConfig();
        (config.ServiceURL, config.AuthenticationRegion) = ($"http://{server.HostAndPort}", EmulatorsFixture.Region);
        using var client = new RoomRowsClient(EmulatorsFixture.Credentials, config);

        var page = await client.QueryRowsAsync(new QueryRequest("ChatRooms"), Cancellation);

        Assert.Equal("a=", Assert.Single(page.Rows).ConnectionId);
        Assert.Equal(2, server.Requests);
    }

    [Fact(Timeout = 60_000)]
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
            });
    }

    /// <summary>A DynamoDB that answers a room's only row, but not to who asks first.</summary>
    private sealed class HangingOnce : LoopbackServer
    {
        private int _requests;

        public int Requests => _requests;

        protected override void Map(WebApplication app) => app.MapPost("/", async http =>
        {
            if (Interlocked.Increment(ref _requests) == 1)
                await new TaskCompletionSource().Task.WaitAsync(http.RequestAborted);
            http.Response.ContentType = "application/x-amz-json-1.0";
            await http.Response.WriteAsync(
                """{"Count":1,"Items":[{"connectionid":{"S":"a="},"endpoint":{"S":"http://x/y"},"connectedat":{"N":"1"}}]}""",
                http.RequestAborted);
        });
    }
}
