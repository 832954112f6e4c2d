using System.Net;
using System.Text.Json;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.Runtime.Internal.Util;
using Amazon.Util;

namespace Amazon.Subset;

/// <summary>
/// How one operation of a service is written as a request and how its answer is read. Core wants a marshaller and an
/// unmarshaller for each; here both are one object that is given functions. Without <paramref name="read"/> the answer
/// has no content.
/// </summary>
internal abstract class Operation<TRequest, TResponse>(Func<JsonElement, TResponse> read)
    : JsonResponseUnmarshaller, IMarshaller<IRequest, AmazonWebServiceRequest>
    where TRequest : AmazonWebServiceRequest
    where TResponse : AmazonWebServiceResponse, new()
{
    public IRequest Marshall(AmazonWebServiceRequest input) => Marshall((TRequest)input);

    protected abstract IRequest Marshall(TRequest request);

    protected abstract AmazonServiceException ToException(ErrorResponse error, IWebResponseData response);

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        // An answer in chunks has content, too, although its length is not given and therefore 0.
        if (read is null || (input.ResponseData.ContentLength == 0 && input.ResponseData.IsHeaderPresent(HeaderKeys.ContentLengthHeader)))
        {
            return new TResponse();
        }

        using var body = JsonDocument.Parse(input.Stream);
        return read(body.RootElement);
    }

    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        var reader = new StreamingUtf8JsonReader(input.Stream, AWSConfigs.StreamingUtf8JsonReaderBufferSize ?? 4096, input.JsonMaxDepth);
        var error = JsonErrorResponseUnmarshaller.GetInstance().Unmarshall(input, ref reader);
        error.InnerException = innerException;
        error.StatusCode = statusCode;
        return ToException(error, input.ResponseData);
    }
}
