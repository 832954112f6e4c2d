using Amazon.Runtime.Internal;
using Amazon.SQS.Model;

namespace Amazon.SQS.Internal;

internal static class SqsErrors
{
    /// <summary><paramref name="shape"/> is the name in the answer's <c>__type</c>, without its namespace.</summary>
    public static AmazonSQSException ToException(string shape, ErrorResponse error)
    {
        var (message, inner, type, code) = (error.Message, error.InnerException, error.Type, error.Code);
        var (requestId, status) = (error.RequestId, error.StatusCode);
        return shape switch
        {
            "QueueDoesNotExist" => new QueueDoesNotExistException(message, inner, type, code, requestId, status),
            "QueueNameExists" => new QueueNameExistsException(message, inner, type, code, requestId, status),
            "QueueDeletedRecently" => new QueueDeletedRecentlyException(message, inner, type, code, requestId, status),
            "PurgeQueueInProgress" => new PurgeQueueInProgressException(message, inner, type, code, requestId, status),
            "InvalidMessageContents" => new InvalidMessageContentsException(message, inner, type, code, requestId, status),
            "MessageNotInflight" => new MessageNotInflightException(message, inner, type, code, requestId, status),
            "OverLimit" => new OverLimitException(message, inner, type, code, requestId, status),
            "ReceiptHandleIsInvalid" => new ReceiptHandleIsInvalidException(message, inner, type, code, requestId, status),
            "InvalidIdFormat" => new InvalidIdFormatException(message, inner, type, code, requestId, status),
            "BatchEntryIdsNotDistinct" => new BatchEntryIdsNotDistinctException(message, inner, type, code, requestId, status),
            "BatchRequestTooLong" => new BatchRequestTooLongException(message, inner, type, code, requestId, status),
            "EmptyBatchRequest" => new EmptyBatchRequestException(message, inner, type, code, requestId, status),
            "InvalidBatchEntryId" => new InvalidBatchEntryIdException(message, inner, type, code, requestId, status),
            "TooManyEntriesInBatchRequest" => new TooManyEntriesInBatchRequestException(message, inner, type, code, requestId, status),
            "InvalidAddress" => new InvalidAddressException(message, inner, type, code, requestId, status),
            "InvalidAttributeName" => new InvalidAttributeNameException(message, inner, type, code, requestId, status),
            "InvalidAttributeValue" => new InvalidAttributeValueException(message, inner, type, code, requestId, status),
            "InvalidSecurity" => new InvalidSecurityException(message, inner, type, code, requestId, status),
            "RequestThrottled" => new RequestThrottledException(message, inner, type, code, requestId, status),
            "UnsupportedOperation" => new UnsupportedOperationException(message, inner, type, code, requestId, status),
            "KmsAccessDenied" => new KmsAccessDeniedException(message, inner, type, code, requestId, status),
            "KmsDisabled" => new KmsDisabledException(message, inner, type, code, requestId, status),
            "KmsInvalidKeyUsage" => new KmsInvalidKeyUsageException(message, inner, type, code, requestId, status),
            "KmsInvalidState" => new KmsInvalidStateException(message, inner, type, code, requestId, status),
            "KmsNotFound" => new KmsNotFoundException(message, inner, type, code, requestId, status),
            "KmsOptInRequired" => new KmsOptInRequiredException(message, inner, type, code, requestId, status),
            "KmsThrottled" => new KmsThrottledException(message, inner, type, code, requestId, status),
            _ => new AmazonSQSException(message, inner, type, code, requestId, status),
        };
    }
}
