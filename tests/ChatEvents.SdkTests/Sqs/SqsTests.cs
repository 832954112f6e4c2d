using System.Text.Json.Nodes;
using Amazon.Runtime;
using Amazon.SQS;

namespace ChatEvents.SdkTests.Sqs;

/// <summary>A client whose queue service is the recording server.</summary>
public abstract class SqsTests : IAsyncLifetime
{
    protected const string QueueUrl = "https://sqs.eu-central-1.amazonaws.com/111122223333/outbox";

    protected RecordingServer Server { get; } = new();

    protected AmazonSQSClient Sqs { get; private set; } = null!;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Server.InitializeAsync();
        Sqs = new AmazonSQSClient(new BasicAWSCredentials("test", "test"), new AmazonSQSConfig
        {
            ServiceURL = Server.Url,
            AuthenticationRegion = "eu-central-1",
            MaxErrorRetry = 1,
        });
    }

    public async ValueTask DisposeAsync()
    {
        Sqs.Dispose();
        await Server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    protected void NextAnswer(string body) => Server.NextAnswer(200, body, ("Content-Type", "application/x-amz-json-1.0"));

    protected JsonNode SentBody => JsonNode.Parse(Server.OnlyRequest.Body)!;

    protected void AssertSent(string json)
    {
        var expected = JsonNode.Parse(json);
        Assert.True(JsonNode.DeepEquals(expected, SentBody), $"Expected {expected!.ToJsonString()}, but {SentBody.ToJsonString()} was sent.");
    }
}
