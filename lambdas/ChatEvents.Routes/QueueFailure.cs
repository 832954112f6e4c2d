using Amazon.Runtime;

namespace ChatEvents.Routes;

/// <summary>An event did not reach its queue, as far as we know; any other exception is a mistake of ours.</summary>
internal static class QueueFailure
{
    public static bool IsIn(Exception exception) => exception
        is AmazonServiceException // SQS refused, or could not be reached
        or AmazonClientException // no credentials, or the answer did not fit the message
        or HttpRequestException
        or IOException
        or OperationCanceledException; // the time to answer is over
}
