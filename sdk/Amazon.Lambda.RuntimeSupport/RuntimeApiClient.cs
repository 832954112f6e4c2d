using System.Net.Http.Headers;
using Amazon.Lambda.Core;

namespace Amazon.Lambda.RuntimeSupport;

/// <summary>The calls of the Lambda Runtime API, version 2018-06-01.</summary>
internal sealed class RuntimeApiClient(HttpClient http, LambdaEnvironment environment, ILambdaLogger logger)
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");
    private static readonly MediaTypeHeaderValue ErrorJson = new("application/vnd.aws.lambda.error+json");

    private readonly string _runtime = $"http://{environment.RuntimeApi.TrimEnd('/')}/2018-06-01/runtime";

    /// <summary>Waits, however long, for an invocation.</summary>
    public async Task<InvocationRequest> GetNextInvocationAsync(CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync($"{_runtime}/invocation/next", cancellationToken);
        await ThrowUnlessSuccessAsync(response, cancellationToken);
        var payload = await response.Content.ReadAsByteArrayAsync(cancellationToken);
        var headers = response.Headers;
        return new InvocationRequest(
            new MemoryStream(payload),
            new LambdaContext(name => headers.TryGetValues(name, out var values) ? values.First() : null, environment, logger));
    }

    public Task SendResponseAsync(string awsRequestId, Stream output, CancellationToken cancellationToken) =>
        PostAsync($"invocation/{awsRequestId}/response", new StreamContent(output), Json, errorType: null, cancellationToken);

    public Task ReportInvocationErrorAsync(string awsRequestId, Exception exception, CancellationToken cancellationToken) =>
        PostErrorAsync($"invocation/{awsRequestId}/error", exception, cancellationToken);

    public Task ReportInitializationErrorAsync(Exception exception, CancellationToken cancellationToken) =>
        PostErrorAsync("init/error", exception, cancellationToken);

    private Task PostErrorAsync(string path, Exception exception, CancellationToken cancellationToken) =>
        PostAsync(path, new ByteArrayContent(ExceptionJson.Write(exception)), ErrorJson, exception.GetType().Name, cancellationToken);

    private async Task PostAsync(
        string path, HttpContent content, MediaTypeHeaderValue type, string? errorType, CancellationToken cancellationToken)
    {
        content.Headers.ContentType = type;
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{_runtime}/{path}") { Content = content };
        if (errorType != null)
        {
            request.Headers.TryAddWithoutValidation("Lambda-Runtime-Function-Error-Type", errorType);
        }

        using var response = await http.SendAsync(request, cancellationToken);
        await ThrowUnlessSuccessAsync(response, cancellationToken);
    }

    private static async Task ThrowUnlessSuccessAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        if (!response.IsSuccessStatusCode)
        {
            var request = response.RequestMessage!;
            var status = (int)response.StatusCode;
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            throw new RuntimeApiClientException(
                $"The Lambda Runtime API answered {request.Method} {request.RequestUri} with {status}: {body}", status, body);
        }
    }
}
