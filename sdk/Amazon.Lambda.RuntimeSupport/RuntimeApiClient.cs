using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
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
        using var response = await http.GetAsync($"{_runtime}/invocation/next", HttpCompletionOption.ResponseHeadersRead, cancellationToken);

        // From its first byte on, the invocation is this environment's, and no other gets it.
        if (response.StatusCode != HttpStatusCode.OK) throw await RefusalAsync(response);
        var payload = await response.Content.ReadAsByteArrayAsync(CancellationToken.None);
        var headers = response.Headers;
        return new InvocationRequest(
            new MemoryStream(payload),
            new LambdaContext(name => headers.TryGetValues(name, out var values) ? values.First() : null, environment, logger));
    }

    public Task SendResponseAsync(string awsRequestId, Stream output, CancellationToken cancellationToken) =>
        PostAsync($"invocation/{awsRequestId}/response", new StreamContent(output), Json, errorType: null, cancellationToken);

    public Task ReportInvocationErrorAsync(string awsRequestId, Exception exception, CancellationToken cancellationToken) =>
        PostErrorAsync($"invocation/{awsRequestId}/error", exception, exception.GetType().Name, cancellationToken);

    public Task ReportInitializationErrorAsync(Exception exception) =>
        PostErrorAsync("init/error", exception, errorType: null, CancellationToken.None);

    private Task PostErrorAsync(string path, Exception exception, string? errorType, CancellationToken cancellationToken) =>
        PostAsync(path, new ByteArrayContent(ExceptionJson.Write(exception)), ErrorJson, errorType, cancellationToken);

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
        var isTaken = response.StatusCode switch
        {
            HttpStatusCode.Accepted => IsStatus(await response.Content.ReadAsStringAsync(cancellationToken)),
            HttpStatusCode.OK or HttpStatusCode.NoContent => true,
            _ => false,
        };
        if (!isTaken) throw await RefusalAsync(response);
    }

    /// <summary>The service sends <c>{"status":"OK"}</c> with 202. What the status is does not matter, but it must be JSON.</summary>
    private static bool IsStatus(string body)
    {
        try
        {
            using var status = JsonDocument.Parse(body);
            return status.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Null;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static async Task<RuntimeApiClientException> RefusalAsync(HttpResponseMessage response)
    {
        var request = response.RequestMessage!;
        var status = (int)response.StatusCode;
        var body = await response.Content.ReadAsStringAsync(CancellationToken.None);
        return new RuntimeApiClientException(
            $"The Lambda Runtime API answered {request.Method} {request.RequestUri} with {status}: {body}", status, body);
    }
}
