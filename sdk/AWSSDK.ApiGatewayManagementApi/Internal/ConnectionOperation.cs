using System.Globalization;
using System.Text.Json;
using Amazon.ApiGatewayManagementApi.Model;
using Amazon.Runtime;
using Amazon.Runtime.Internal;
using Amazon.Runtime.Internal.Transform;
using Amazon.Subset;
using Amazon.Util;

namespace Amazon.ApiGatewayManagementApi.Internal;

/// <summary>One operation on <c>/@connections/{id}</c>; <paramref name="content"/> gives what is sent as it is.</summary>
internal sealed class ConnectionOperation<TRequest, TResponse>(
    string method,
    Func<TRequest, string> connectionId,
    Func<TRequest, MemoryStream> content = null,
    Func<JsonElement, TResponse> read = null)
    : Operation<TRequest, TResponse>(read)
    where TRequest : AmazonApiGatewayManagementApiRequest
    where TResponse : AmazonWebServiceResponse, new()
{
    protected override IRequest Marshall(TRequest request)
    {
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

    protected override AmazonServiceException ToException(ErrorResponse error, IWebResponseData response) => error.Code switch
    {
        nameof(ForbiddenException) =>
            new ForbiddenException(error.Message, error.InnerException, error.Type, error.Code, error.RequestId, error.StatusCode),
        nameof(GoneException) =>
            new GoneException(error.Message, error.InnerException, error.Type, error.Code, error.RequestId, error.StatusCode),
        nameof(LimitExceededException) =>
            new LimitExceededException(error.Message, error.InnerException, error.Type, error.Code, error.RequestId, error.StatusCode),
        nameof(PayloadTooLargeException) =>
            new PayloadTooLargeException(error.Message, error.InnerException, error.Type, error.Code, error.RequestId, error.StatusCode),
        _ => new AmazonApiGatewayManagementApiException(
            error.Message, error.InnerException, error.Type, error.Code, error.RequestId, error.StatusCode),
    };
}
