using System.Collections.Concurrent;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.RoutesTests.Servers;

/// <summary>The Lambda service as a function sees it: the Runtime API, under the path <c>/function</c>.</summary>
internal sealed class RuntimeApiServer : LoopbackServer
{
    private readonly Channel<Invocation> _waiting = Channel.CreateUnbounded<Invocation>();
    private readonly ConcurrentDictionary<string, Invocation> _inHand = new();
    private readonly TaskCompletionSource<FunctionError> _initError = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _lastRequest;

    /// <summary>The value of AWS_LAMBDA_RUNTIME_API for a function.</summary>
    public string Endpoint => $"{HostAndPort}/function";

    /// <summary>The status that answers the posts of responses and errors.</summary>
    public int PostStatus { get; set; } = StatusCodes.Status202Accepted;

    /// <summary>What answers those posts beside the status.</summary>
    public string PostBody { get; set; } = """{"status":"OK"}""";

    /// <summary>When a function must have answered, by the header that Lambda always sends; null for none.</summary>
    public TimeSpan? Timeout { get; set; } = TimeSpan.FromSeconds(29);

    /// <summary>Completes when a function first asks for an invocation.</summary>
    public Task Asked => _asked.Task;

    public Task<FunctionError> InitError => _initError.Task;

    public static async Task<RuntimeApiServer> StartNewAsync()
    {
        var server = new RuntimeApiServer();
        await server.StartAsync();
        return server;
    }

    /// <summary>Invokes the function and waits for its answer.</summary>
    public async Task<Answer> InvokeAsync(
        string payload, CancellationToken cancellation, params (string Name, string Value)[] headers)
    {
        var requestId = $"8476a536-e9f4-11e8-9739-{Interlocked.Increment(ref _lastRequest):d12}";
        var invocation = new Invocation(requestId, payload, headers);
        _waiting.Writer.TryWrite(invocation);
        return await invocation.Answered.Task.WaitAsync(cancellation);
    }

    protected override void Map(WebApplication app)
    {
        app.MapGet("/function/2018-06-01/runtime/invocation/next", NextAsync);
        app.MapPost("/function/2018-06-01/runtime/invocation/{id}/response", ResponseAsync);
        app.MapPost("/function/2018-06-01/runtime/invocation/{id}/error", ErrorAsync);
        app.MapPost("/function/2018-06-01/runtime/init/error", InitErrorAsync);
    }

    private async Task NextAsync(HttpContext http)
    {
        _asked.TrySetResult();
        var invocation = await _waiting.Reader.ReadAsync(http.RequestAborted);
        _inHand[invocation.RequestId] = invocation;
        http.Response.Headers["Lambda-Runtime-Aws-Request-Id"] = invocation.RequestId;
        if (Timeout is { } timeout)
        {
            var deadline = TimeProvider.System.GetUtcNow() + timeout;
            http.Response.Headers["Lambda-Runtime-Deadline-Ms"] = deadline.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
        }

        foreach (var (name, value) in invocation.Headers)
        {
            http.Response.Headers[name] = value;
        }

        http.Response.ContentType = "application/json";
        await http.Response.WriteAsync(invocation.Payload);
    }

    private async Task ResponseAsync(HttpContext http, string id)
    {
        var body = await ReadAsync(http);
        await TakeAsync(http);
        Answer(id, new Answer(body, http.Request.ContentType, Error: null));
    }

    private async Task ErrorAsync(HttpContext http, string id)
    {
        var error = await ReadErrorAsync(http);
        await TakeAsync(http);
        Answer(id, new Answer(error.Json, http.Request.ContentType, error));
    }

    private async Task InitErrorAsync(HttpContext http)
    {
        _initError.TrySetResult(await ReadErrorAsync(http));
        await TakeAsync(http);
    }

    private async Task TakeAsync(HttpContext http)
    {
        http.Response.StatusCode = PostStatus;
        if (PostBody.Length > 0) await http.Response.WriteAsync(PostBody);
    }

    private void Answer(string id, Answer answer)
    {
        Assert.True(_inHand.TryRemove(id, out var invocation), $"Invocation {id} is not in hand.");
        invocation.Answered.SetResult(answer);
    }

    private static async Task<FunctionError> ReadErrorAsync(HttpContext http) =>
        new(http.Request.Headers["Lambda-Runtime-Function-Error-Type"].ToString(), await ReadAsync(http));

    private static async Task<string> ReadAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        return await reader.ReadToEndAsync(http.RequestAborted);
    }

    private sealed record Invocation(string RequestId, string Payload, (string Name, string Value)[] Headers)
    {
        public TaskCompletionSource<Answer> Answered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The response or error that a function posted for an invocation.</summary>
internal sealed record Answer(string Body, string? ContentType, FunctionError? Error);

/// <summary>The header and the body of an error.</summary>
internal sealed record FunctionError(string Type, string Json);
