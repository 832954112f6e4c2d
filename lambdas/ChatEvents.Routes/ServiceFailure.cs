using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes;

/// <summary>SQS or DynamoDB did not do what it was asked to, as far as we know; any other exception is a mistake of ours.</summary>
internal static class ServiceFailure
{
    public static bool IsIn(Exception exception) => exception
        is AwsCallException // it refused, or could not be reached
        or OperationCanceledException; // the time to answer is over
}
