using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace ChatEvents.Consumers.Tables;

/// <summary>How workers speak to DynamoDB.</summary>
public static class TablesClient
{
    /// <summary>
    /// Throttled calls are repeated by the SDK with growing, jittered delays before the message goes back to its queue. Eight attempts
    /// last some ten seconds: DynamoDB needs about that long to split a partition that grew hot.
    /// </summary>
    private const int Retries = 8;

    /// <summary>
    /// Of one attempt, instead of the SDK's 100 s: calls take some milliseconds, and few that hang hold up many others, which the registry
    /// sends in batches, two at once, and a walk needs page after page.
    /// </summary>
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    public static AmazonDynamoDBConfig CreateConfig() => new()
    {
        RetryMode = RequestRetryMode.Standard,
        MaxErrorRetry = Retries,
        Timeout = Timeout,
        HttpClientFactory = new BodyTimeoutHttpClientFactory(),
    };
}
