using Amazon.Runtime;
using Amazon.SQS.Model;

namespace ChatEvents.Queues;

/// <summary>What failures of SQS mean.</summary>
internal static class SqsErrors
{
    private static readonly HashSet<string> DeadReceiptCodes = ["MessageNotInflight", "ReceiptHandleIsInvalid"];

    private static readonly HashSet<string> DenialCodes =
    [
        "AccessDenied", "AccessDeniedException", "InvalidAddress", "InvalidClientTokenId", "InvalidSecurity", "KmsAccessDenied",
        "MissingAuthenticationToken", "SignatureDoesNotMatch", "UnrecognizedClientException",
    ];

    /// <summary>The message was received again, is deleted, or is visible: the receipt can no longer settle it.</summary>
    public static bool IsDeadReceipt(this Exception failure) => failure is AmazonServiceException sqs
        && (DeadReceiptCodes.Contains(ShortCode(sqs))
            || (ShortCode(sqs) is "InvalidParameterValue" or "InvalidParameterValueException"
                && sqs.Message.Contains("ReceiptHandle", StringComparison.Ordinal)));

    /// <summary>The queue does not exist, or we may not use it: retrying does not help, manual action is needed.</summary>
    public static bool IsFatal(this Exception failure) =>
        failure is QueueDoesNotExistException || (failure is AmazonServiceException sqs && DenialCodes.Contains(ShortCode(sqs)));

    /// <summary>A queue with that name but other attributes exists.</summary>
    public static bool IsNameTaken(this AmazonServiceException failure) => ShortCode(failure) is "QueueNameExists" or "QueueAlreadyExists";

    /// <summary>The server does not know a queue attribute, or its value.</summary>
    public static bool IsUnknownAttribute(this AmazonServiceException failure) =>
        ShortCode(failure) is "InvalidAttributeName" or "InvalidAttributeValue" or "InvalidParameterValue" or "UnsupportedOperation";

    /// <summary>A failed entry of a batch, as the exception that a single request would throw.</summary>
    public static Exception ToException(this BatchResultErrorEntry entry) => new Amazon.SQS.AmazonSQSException(
        entry.Message ?? entry.Code,
        innerException: null,
        entry.SenderFault == true ? ErrorType.Sender : ErrorType.Receiver,
        entry.Code,
        requestId: null,
        System.Net.HttpStatusCode.OK);

    /// <summary>Older error codes have a prefix, as in <c>AWS.SimpleQueueService.MessageNotInflight</c>.</summary>
    private static string ShortCode(AmazonServiceException sqs) => sqs.ErrorCode?.Split('.')[^1] ?? "";
}
