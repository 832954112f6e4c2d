using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.Subset;
using Amazon.Util;

namespace Amazon.SQS.Internal;

/// <summary>One operation in AWS JSON 1.0, with the error codes of the older query protocol.</summary>
internal sealed class SqsOperation<TRequest, TResponse>(
    string name, Action<Utf8JsonWriter, TRequest> write, Func<JsonElement, TResponse> read = null)
    : Operation<TRequest, TResponse>(read)
    where TRequest : AmazonSQSRequest
    where TResponse : AmazonWebServiceResponse, new()
{
    private readonly string _target = "AmazonSQS." + name;

    protected override IRequest Marshall(TRequest request)
    {
        var content = new PooledContentStream();
        using (var json = new Utf8JsonWriter(content.BufferWriter))
        {
            json.WriteStartObject();
            write(json, request);
            json.WriteEndObject();
        }

        // The queue is named in the body. The request goes to the service's endpoint, not to the host of the queue's URL.
        var http = new DefaultRequest(request, "Amazon.SQS")
        {
            HttpMethod = "POST",
            ResourcePath = "/",
            ContentStream = content,
        };
        http.Headers["X-Amz-Target"] = _target;
        http.Headers[HeaderKeys.ContentTypeHeader] = "application/x-amz-json-1.0";
        http.Headers[HeaderKeys.XAmzApiVersion] = "2012-11-05";
        http.Headers[HeaderKeys.XAmzQueryMode] = "true";
        return http;
    }

    protected override AmazonServiceException ToException(ErrorResponse error, IWebResponseData response)
    {
        // The shape in the body tells the type; the code that callers compare is the query protocol's.
        var shape = error.Code;
        AwsQueryCompatibleErrorHandler.ApplyQueryErrorHeader(error, response);
        return SqsErrors.ToException(shape, error);
    }
}
