using ChatEvents.Routes.Aws;

namespace ChatEvents.Routes;

/// <summary>Tells failures of SQS and DynamoDB from bugs of ours, which are all other exceptions.</summary>
internal static class ServiceFailure
{
    public static bool IsIn(Exception exception) => exception
        is AwsCallException // the service refused, or could not be reached
        or OperationCanceledException; // the time to answer is over
}
