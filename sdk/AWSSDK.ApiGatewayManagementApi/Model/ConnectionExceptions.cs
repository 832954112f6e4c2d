using System.Net;
using Amazon.Runtime;

namespace Amazon.ApiGatewayManagementApi.Model;

public partial class ForbiddenException : AmazonApiGatewayManagementApiException
{
    public ForbiddenException(string message) : base(message)
    {
    }

    public ForbiddenException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The connection is closed, or its $connect has not returned yet.</summary>
public partial class GoneException : AmazonApiGatewayManagementApiException
{
    public GoneException(string message) : base(message)
    {
    }

    public GoneException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

/// <summary>The account posts too fast, or this client does not read what it is sent.</summary>
public partial class LimitExceededException : AmazonApiGatewayManagementApiException
{
    public LimitExceededException(string message) : base(message)
    {
    }

    public LimitExceededException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}

public partial class PayloadTooLargeException : AmazonApiGatewayManagementApiException
{
    public PayloadTooLargeException(string message) : base(message)
    {
    }

    public PayloadTooLargeException(
        string message, Exception innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
        : base(message, innerException, errorType, errorCode, requestId, statusCode)
    {
    }
}
