using System.Net.Http.Json;
using System.Text.Json;

namespace ChatEvents.GatewayTests.Harness;

/// <summary>A Lambda environment in its plainest form: ask for the next event, run the handler, report the result or the error.</summary>
internal sealed class FunctionEnvironment(HttpClient http, string function)
{
    public async Task RunAsync(Func<JsonElement, Task<object?>> handler, CancellationToken stopping)
    {
        try
        {
            while (!stopping.IsCancellationRequested)
                await RunOnceAsync(handler, stopping);
        }
        catch (Exception e) when (e is OperationCanceledException or HttpRequestException)
        {
            // The gateway stops before its functions do and ends their long polls.
        }
    }

    private async Task RunOnceAsync(Func<JsonElement, Task<object?>> handler, CancellationToken stopping)
    {
        using var next = await http.GetAsync($"/{function}/2018-06-01/runtime/invocation/next", stopping);
        next.EnsureSuccessStatusCode();
        var @event = await next.Content.ReadFromJsonAsync<JsonElement>(stopping);
        var requestId = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
        try
        {
            var result = await handler(@event);
            using var content = result as HttpContent ?? JsonContent.Create(result, options: JsonSerializerOptions.Default);
            using var answer = await http.PostAsync($"/{function}/2018-06-01/runtime/invocation/{requestId}/response", content, stopping);
        }
        catch (FunctionException e)
        {
            var error = new { errorType = nameof(FunctionException), errorMessage = e.Message, stackTrace = Array.Empty<string>() };
            using var answer = await http.PostAsJsonAsync($"/{function}/2018-06-01/runtime/invocation/{requestId}/error", error, stopping);
        }
    }
}

/// <summary>What a handler in a test throws to fail as a function does.</summary>
internal sealed class FunctionException(string message) : Exception(message);
