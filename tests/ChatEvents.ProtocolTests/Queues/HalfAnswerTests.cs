using Amazon.SQS;
using ChatEvents.Consumers;
using ChatEvents.RoutesTests.Servers;
using Microsoft.AspNetCore.Builder;

namespace ChatEvents.ProtocolTests.Queues;

public sealed class HalfAnswerTests
{
    [Theory(Timeout = 60_000)]
    [InlineData(0)] // not even headers
    [InlineData(20)]
    public async Task A_receive_whose_answer_stops_is_given_up_by_its_limit_and_sent_again(int bytes)
    {
        await using var server = new OneMessage { StopsFirstAfter = bytes };
        await server.StartAsync();
        using var sqs = new AmazonSQSClient(EmulatorsFixture.Credentials, new AmazonSQSConfig
        {
            ServiceURL = $"http://{server.HostAndPort}",
            AuthenticationRegion = EmulatorsFixture.Region,
            Timeout = TimeSpan.FromSeconds(2),
            HttpClientFactory = new BodyTimeoutHttpClientFactory(),
        });

        var received = await sqs.ReceiveMessageAsync("http://sqs/000000000000/outbox", TestContext.Current.CancellationToken);

        Assert.Equal("hello", Assert.Single(received.Messages).Body);
        Assert.True(server.Requests > 1);
    }

    private sealed class OneMessage : LoopbackServer
    {
        private static readonly byte[] Answer =
            """{"Messages":[{"MessageId":"0f8c","Body":"hello","MD5OfBody":"5d41402abc4b2a76b9719d911017c592"}]}"""u8.ToArray();

        private int _requests;

        /// <summary>So many bytes of the answer are all that the first to ask gets.</summary>
        public required int StopsFirstAfter { get; init; }

        public int Requests => _requests;

        protected override void Map(WebApplication app) => app.MapPost("/", async http =>
        {
            (http.Response.ContentType, http.Response.ContentLength) = ("application/x-amz-json-1.0", Answer.Length);
            if (Interlocked.Increment(ref _requests) == 1)
            {
                if (StopsFirstAfter > 0) await http.Response.Body.WriteAsync(Answer.AsMemory(0, StopsFirstAfter), http.RequestAborted);
                await new TaskCompletionSource().Task.WaitAsync(http.RequestAborted);
            }

            await http.Response.Body.WriteAsync(Answer, http.RequestAborted);
        });
    }
}
