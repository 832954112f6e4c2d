using System.Globalization;
using ChatEvents.LocalGateway.Functions;
using ChatEvents.LocalGateway.Processes;
using ChatEvents.LocalGateway.WebSockets;

namespace ChatEvents.LocalGateway.Endpoints;

/// <summary>
/// The Lambda Runtime API, once per function: an environment sets <c>AWS_LAMBDA_RUNTIME_API</c> to <c>host:port/{function}</c>, or to the
/// function's own port.
/// </summary>
internal sealed class RuntimeEndpoint(
    IReadOnlyDictionary<string, RuntimeFunction> functions,
    IReadOnlyDictionary<string, FunctionFleet> fleets,
    TimeProvider time,
    ILogger log,
    CancellationToken abandoning)
{
    private const int PayloadLimit = 6 * 1024 * 1024;

    public async Task NextAsync(HttpContext http)
    {
        if (await FindAsync(http) is { } function)
            await SendNextAsync(http, function);
    }

    public async Task ResponseAsync(HttpContext http)
    {
        if (await FindAsync(http) is not { } function)
            return;
        var requestId = (string)http.Request.RouteValues["requestId"]!;
        var (payload, refusal) = await RuntimeBody.ReadAsync(http.Request, PayloadLimit);
        if (payload is not null)
        {
            await AcknowledgeAsync(http, function, function.TryEnd(requestId, new InvocationResult(InvocationOutcome.Returned, payload)));
        }
        else if (refusal == StatusCodes.Status413PayloadTooLarge)
        {
            function.TryEnd(
                requestId, InvocationResult.Failed("Function.ResponseSizeTooLarge", $"the answer is longer than {PayloadLimit} bytes"));
            await AnswerAsync(http, refusal, """{"errorType":"RequestEntityTooLarge","errorMessage":"Exceeded maximum allowed payload size."}""");
        }
        else
        {
            function.TryEnd(requestId, InvocationResult.Failed("Runtime.InvalidResponse", "the answer broke off, or its chunks are malformed"));
            await AnswerAsync(http, refusal, """{"errorType":"InvalidRequestContent","errorMessage":"The body is malformed."}""");
        }
    }

    public async Task ErrorAsync(HttpContext http)
    {
        if (await FindAsync(http) is not { } function)
            return;
        var error = await ReadErrorAsync(http.Request);
        await AcknowledgeAsync(
            http, function, function.TryEnd((string)http.Request.RouteValues["requestId"]!, InvocationResult.Failed(error)));
    }

    public async Task InitErrorAsync(HttpContext http)
    {
        var error = await ReadErrorAsync(http.Request);
        // Some runtimes drop the path of AWS_LAMBDA_RUNTIME_API for this one call.
        if (NameOf(http) is null)
        {
            log.InitializationFailed("(unknown, because the request names none)", Quote.Line(error.ToString(), whole: true));
            await AnswerAsync(http, 202, """{"status":"OK"}""");
            return;
        }

        if (await FindAsync(http) is not { } function)
            return;
        log.InitializationFailed(function.Name, Quote.Line(error.ToString(), whole: true));
        if (EnvironmentLine.Of(http, FleetOf(function)).Environment is { } environment)
            environment.HasStarted = true; // its exit is explained
        function.FailOldestWaiting(error);
        await AnswerAsync(http, 202, """{"status":"OK"}""");
    }

    /// <summary>A runtime whose <c>AWS_LAMBDA_RUNTIME_API</c> lacks the function, or which asks for something else.</summary>
    public Task RefuseUnknownAsync(HttpContext http)
    {
        var hint = $"AWS_LAMBDA_RUNTIME_API must be {http.Request.Host}/FUNCTION or the port of a function; there are {string.Join(", ", functions.Keys)}";
        log.RequestRefused(http.Request.Method, Quote.Line(http.Request.Path.Value ?? ""), StatusCodes.Status404NotFound, hint);
        return AnswerAsync(http, 404, """{"errorType":"UnknownPath","errorMessage":"The Runtime API of a function is at host:port/FUNCTION or at its own port."}""");
    }

    private async Task SendNextAsync(HttpContext http, RuntimeFunction function)
    {
        var environment = EnvironmentLine.Of(http, FleetOf(function)).Environment;
        if (environment is { IsRetired: true })
        {
            environment.Kill();
            http.Abort();
            return;
        }

        Invocation invocation;
        using (var gone = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, abandoning, environment?.Retired ?? default))
        {
            try
            {
                invocation = await function.TakeAsync(environment, gone.Token);
            }
            catch (OperationCanceledException) when (gone.IsCancellationRequested)
            {
                http.Abort(); // an open long poll would delay the end of this program
                return;
            }
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

    /// <summary>By the path, or by the port.</summary>
    private static string? NameOf(HttpContext http) =>
        http.Request.RouteValues["function"] as string ?? http.Features.Get<FunctionPortFeature>()?.Function;

    private FunctionFleet? FleetOf(RuntimeFunction function) => fleets.GetValueOrDefault(function.Name);

    private async ValueTask<RuntimeFunction?> FindAsync(HttpContext http)
    {
        var name = NameOf(http);
        if (name is null)
        {
            await RefuseUnknownAsync(http);
            return null;
        }

        if (functions.TryGetValue(name, out var function))
            return function;
        var known = string.Join(", ", functions.Keys);
        log.RequestRefused(
            http.Request.Method, Quote.Line(http.Request.Path.Value ?? ""), StatusCodes.Status404NotFound, $"there is no such function, but {known}");
        await AnswerAsync(http, 404, $$"""{"errorType":"UnknownFunction","errorMessage":"No such function here; there are: {{known}}"}""");
        return null;
    }

    /// <summary>The loops that come with the gateway ask for the next event together with the answer to the last one.</summary>
    private Task AcknowledgeAsync(HttpContext http, RuntimeFunction function, bool wasRunning) =>
        http.Request.Headers.ContainsKey("Next-Event") ? SendNextAsync(http, function)
        : wasRunning ? AnswerAsync(http, 202, """{"status":"OK"}""")
        : AnswerAsync(http, 400, """{"errorType":"InvalidRequestID","errorMessage":"Invalid request ID"}""");

    private static Task AnswerAsync(HttpContext http, int status, string json)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json";
        return http.Response.WriteAsync(json, http.RequestAborted);
    }

    private static async Task<FunctionError> ReadErrorAsync(HttpRequest request) =>
        FunctionError.Parse((await RuntimeBody.ReadAsync(request, PayloadLimit)).Payload ?? Array.Empty<byte>());
}
