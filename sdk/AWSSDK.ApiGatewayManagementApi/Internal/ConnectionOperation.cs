using System.Globalization;
using System.Net;
using System.Text.Json;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.Runtime.Internal.Util;
using Amazon.Util;

namespace Amazon.ApiGatewayManagementApi.Internal;

/// <summary>
/// How one operation on <c>/@connections/{id}</c> is written as a request and how its answer is read. Core wants a marshaller and an
/// unmarshaller for each; here both are one object that is given functions. <paramref name="content"/> gives what is sent as it is;
/// without <paramref name="read"/> the answer has no content.
/// </summary>
internal sealed class ConnectionOperation<TRequest, TResponse>(
    string method,
    Func<TRequest, string> connectionId,
    Func<TRequest, MemoryStream> content = null,
    Func<JsonElement, TResponse> read = null)
    : JsonResponseUnmarshaller, IMarshaller<IRequest, AmazonWebServiceRequest>
    where TRequest : AmazonApiGatewayManagementApiRequest
    where TResponse : AmazonWebServiceResponse, new()
{
    public IRequest Marshall(AmazonWebServiceRequest input)
    {
        var request = (TRequest)input;
        var id = connectionId(request) ??
            throw new AmazonApiGatewayManagementApiException("Request object does not have required field ConnectionId set");
        var http = new DefaultRequest(request, "Amazon.ApiGatewayManagementApi")
        {
            HttpMethod = method,
            ResourcePath = "/@connections/{ConnectionId}",
        };
        http.AddPathResource("{ConnectionId}", id);
        http.Headers[HeaderKeys.XAmzApiVersion] = "2018-11-29";
        if (content is not null)
        {
            http.ContentStream = content(request) ?? new MemoryStream();
            http.ContentStream.Position = 0;
            http.Headers[HeaderKeys.ContentLengthHeader] = http.ContentStream.Length.ToString(CultureInfo.InvariantCulture);
            http.Headers[HeaderKeys.ContentTypeHeader] = "application/octet-stream";
        }

        return http;
    }

    public override AmazonWebServiceResponse Unmarshall(JsonUnmarshallerContext input)
    {
        if (read is null)
            return new TResponse();

        using var body = JsonDocument.Parse(input.Stream);
        return read(body.RootElement);
    }

    public override AmazonServiceException UnmarshallException(
        JsonUnmarshallerContext input, Exception innerException, HttpStatusCode statusCode)
    {
        var reader = new StreamingUtf8JsonReader(input.Stream, AWSConfigs.StreamingUtf8JsonReaderBufferSize ?? 4096, input.JsonMaxDepth);
        var error = JsonErrorResponseUnmarshaller.GetInstance().Unmarshall(input, ref reader);
        return error.Code switch
        {
            nameof(ForbiddenException) => new ForbiddenException(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode),
            nameof(GoneException) => new GoneException(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode),
            nameof(LimitExceededException) =>
                new LimitExceededException(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode),
            nameof(PayloadTooLargeException) =>
                new PayloadTooLargeException(error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode),
            _ => new AmazonApiGatewayManagementApiException(
                error.Message, innerException, error.Type, error.Code, error.RequestId, statusCode),
        };
    }
}
