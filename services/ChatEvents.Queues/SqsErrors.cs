using Amazon.Runtime;
using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>What a failure of SQS means here, named once.</summary>
internal static class SqsErrors
{
    private static readonly HashSet<string> DeadReceiptCodes = ["MessageNotInflight", "ReceiptHandleIsInvalid"];

    private static readonly HashSet<string> DenialCodes =
    [
        "AccessDenied", "AccessDeniedException", "InvalidAddress", "InvalidClientTokenId", "InvalidSecurity", "KmsAccessDenied",
        "MissingAuthenticationToken", "SignatureDoesNotMatch", "UnrecognizedClientException",
    ];

    /// <summary>The message was received again since, is deleted, or is visible: the receipt settles nothing any more.</summary>
    public static bool IsDeadReceipt(this Exception failure) => failure is AmazonServiceException sqs
        && (DeadReceiptCodes.Contains(ShortCode(sqs))
            || (ShortCode(sqs) is "InvalidParameterValue" or "InvalidParameterValueException"
                && sqs.Message.Contains("ReceiptHandle", StringComparison.Ordinal)));

    /// <summary>The queue does not exist, or we may not use it: trying again soon is of no use; somebody has to act.</summary>
    public static bool IsFatal(this Exception failure) =>
        failure is QueueDoesNotExistException || (failure is AmazonServiceException sqs && DenialCodes.Contains(ShortCode(sqs)));

    /// <summary>There is a queue of that name with other attributes.</summary>
    public static bool IsNameTaken(this AmazonServiceException failure) => ShortCode(failure) is "QueueNameExists" or "QueueAlreadyExists";

    /// <summary>The server does not know an attribute of a queue, or that value of it.</summary>
    public static bool IsUnknownAttribute(this AmazonServiceException failure) =>
        ShortCode(failure) is "InvalidAttributeName" or "InvalidAttributeValue" or "InvalidParameterValue" or "UnsupportedOperation";

    /// <summary>An entry that failed within a batch, as the same request alone would have thrown it.</summary>
    public static Exception ToException(this BatchResultErrorEntry entry) => new Amazon.SQS.AmazonSQSException(
        entry.Message ?? entry.Code,
        innerException: null,
        entry.SenderFault == true ? ErrorType.Sender : ErrorType.Receiver,
        entry.Code,
        requestId: null,
        System.Net.HttpStatusCode.OK);

    /// <summary>Older forms of the code have a prefix, as in <c>AWS.SimpleQueueService.MessageNotInflight</c>.</summary>
    private static string ShortCode(AmazonServiceException sqs) => sqs.ErrorCode?.Split('.')[^1] ?? "";
}
