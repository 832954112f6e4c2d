using Amazon.DynamoDBv2;
using Amazon.Runtime;

namespace ChatEvents.Consumers.Tables;

/// <summary>How workers call DynamoDB.</summary>
public static class TablesClient
{
    /// <summary>
    /// The SDK retries throttled calls with growing, jittered delays before the message is returned to its queue. Eight attempts take about
    /// ten seconds, which is how long DynamoDB needs to split a hot partition.
    /// </summary>
    private const int Retries = 8;

    /// <summary>
    /// Limit of one attempt, instead of the SDK's 100 s. Calls take some milliseconds, and a hanging call blocks many others: the registry
    /// sends two batches at once, and a walk needs page after page.
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
