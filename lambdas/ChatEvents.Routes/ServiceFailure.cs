using Amazon.Runtime;

namespace ChatEvents.Routes;

/// <summary>SQS or DynamoDB did not do what it was asked to, as far as we know; any other exception is a mistake of ours.</summary>
internal static class ServiceFailure
{
    public static bool IsIn(Exception exception) => exception
        is AmazonServiceException // it refused, or could not be reached
        or AmazonClientException // no credentials, or the answer did not fit the request
        or HttpRequestException
        or IOException
        or OperationCanceledException; // the time to answer is over
}
