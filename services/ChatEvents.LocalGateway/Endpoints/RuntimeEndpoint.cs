using System.Buffers;
using System.Globalization;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>
/// The Lambda Runtime API, once per function: an environment sets <c>AWS_LAMBDA_RUNTIME_API</c> to <c>host:port/{function}</c>.
/// </summary>
internal sealed class RuntimeEndpoint(
    IReadOnlyDictionary<string, RuntimeFunction> functions, TimeProvider time, ILogger log, CancellationToken abandoning)
{
    private const int PayloadLimit = 6 * 1024 * 1024;

    public async Task NextAsync(HttpContext http)
    {
        if (await FindAsync(http) is not { } function)
            return;
        using var gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, abandoning);
        Invocation invocation;
        try
        {
            invocation = await function.TakeAsync(gone.Token);
        }
        catch (OperationCanceledException) when (gone.IsCancellationRequested)
        {
            http.Abort(); // an open long poll would delay the end of this program
            return;
        }

        log.InvocationTaken(function.Name, invocation.RequestId);
        var headers = http.Response.Headers;
        headers["Lambda-Runtime-Aws-Request-Id"] = invocation.RequestId;
        var deadline = time.GetUtcNow() + function.Timeout;
        headers["Lambda-Runtime-Deadline-Ms"] = deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        headers["Lambda-Runtime-Invoked-Function-Arn"] = function.Arn;
        headers["Lambda-Runtime-Trace-Id"] = invocation.TraceId;
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = invocation.Payload.Length;
        if (!await TryWriteAsync(http, invocation.Payload))
            function.PutBack(invocation);
    }

    public async Task ResponseAsync(HttpContext http)
    {
        if (await FindAsync(http) is not { } function)
            return;
        var requestId = (string)http.Request.RouteValues["requestId"]!;
        if (await TryReadAsync(http.Request) is { } payload)
        {
            await AcknowledgeAsync(http, function.TryEnd(requestId, new InvocationResult(InvocationOutcome.Returned, payload)));
            return;
        }

        function.TryEnd(
            requestId, InvocationResult.Failed("Function.ResponseSizeTooLarge", $"the answer is longer than {PayloadLimit} bytes"));
        await AnswerAsync(http, 413, """{"errorType":"RequestEntityTooLarge","errorMessage":"Exceeded maximum allowed payload size."}""");
    }

    public async Task ErrorAsync(HttpContext http)
    {
        if (await FindAsync(http) is not { } function)
            return;
        var error = await ReadErrorAsync(http.Request);
        await AcknowledgeAsync(http, function.TryEnd((string)http.Request.RouteValues["requestId"]!, InvocationResult.Failed(error)));
    }

    public async Task InitErrorAsync(HttpContext http)
    {
        if (await FindAsync(http) is not { } function)
            return;
        var error = await ReadErrorAsync(http.Request);
        log.InitializationFailed(function.Name, error.ToString());
        function.FailOldestWaiting(error);
        await AcknowledgeAsync(http, true);
    }

    /// <summary>
    /// False if the environment disconnected while it waited. Kestrel does not always throw for that, so the token is checked too.
    /// </summary>
    private static async Task<bool> TryWriteAsync(HttpContext http, byte[] payload)
    {
        try
        {
            await http.Response.Body.WriteAsync(payload, http.RequestAborted);
            return !http.RequestAborted.IsCancellationRequested;
        }
        catch (Exception e) when (BrokenConnection.Is(e))
        {
            return false;
        }
    }

    private async ValueTask<RuntimeFunction?> FindAsync(HttpContext http)
    {
        var name = (string)http.Request.RouteValues["function"]!;
        if (functions.TryGetValue(name, out var function))
            return function;
        var known = string.Join(", ", functions.Keys);
        await AnswerAsync(http, 404, $$"""{"errorType":"UnknownFunction","errorMessage":"No such function here; there are: {{known}}"}""");
        return null;
    }

    private static Task AcknowledgeAsync(HttpContext http, bool wasRunning) => wasRunning
        ? AnswerAsync(http, 202, """{"status":"OK"}""")
        : AnswerAsync(http, 400, """{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}""");

    private static Task AnswerAsync(HttpContext http, int status, string json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json, http.RequestAborted);
    }

    private static async Task<FunctionError> ReadErrorAsync(HttpRequest request) =>
        FunctionError.Parse(await TryReadAsync(request) ?? Array.Empty<byte>());

    /// <summary>Null if the body exceeds Lambda's limit.</summary>
    private static async Task<byte[]?> TryReadAsync(HttpRequest request)
    {
        while (true)
        {
            var result = await request.BodyReader.ReadAsync(request.HttpContext.RequestAborted);
            if (result.Buffer.Length > PayloadLimit)
                return null;
            if (result.IsCompleted)
            {
                var payload = result.Buffer.ToArray();
                request.BodyReader.AdvanceTo(result.Buffer.End);
                return payload;
            }

            request.BodyReader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}
