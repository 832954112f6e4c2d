using System.Text;
using System.Text.Json;

namespace ChatEvents.Conformance.Functions;

/// <summary>The functions as environments of the target's Lambda Runtime API.</summary>
internal sealed class RuntimeFunctions : IAsyncDisposable
{
    // More than rules that wait at once, so that no event waits for another rule's.
    private static readonly (string Function, int Environments)[] Functions = [("connect", 16), ("disconnect", 8), ("message", 24), ("authorize", 8)];

    private readonly CancellationTokenSource _stopping = new();
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false, MaxConnectionsPerServer = 1000 }) { Timeout = Timeout.InfiniteTimeSpan };
    private readonly List<Task> _environments = [];

    /// <param name="runtime">The address below which functions have their Runtime APIs, each by its name.</param>
    /// <param name="function">What they do.</param>
    public RuntimeFunctions(Uri runtime, ScriptedFunction function)
    {
        foreach (var (name, environments) in Functions)
        {
            for (var i = 0; i < environments; i++)
                _environments.Add(ServeAsync(new Uri(runtime, $"/{name}/2018-06-01/runtime/invocation/"), name, function));
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_environments);
        _http.Dispose();
        _stopping.Dispose();
    }

    private async Task ServeAsync(Uri invocations, string name, ScriptedFunction function)
    {
        try
        {
            while (true)
                await ServeOnceAsync(invocations, name, function);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or ObjectDisposedException)
        {
            // The target is stopping, has no such function, or the suite is done.
        }
    }

    private async Task ServeOnceAsync(Uri invocations, string name, ScriptedFunction function)
    {
        using var next = await _http.GetAsync(new Uri(invocations, "next"), _stopping.Token);
        next.EnsureSuccessStatusCode();
        using var json = JsonDocument.Parse(await next.Content.ReadAsByteArrayAsync(_stopping.Token));
        var id = next.Headers.GetValues("Lambda-Runtime-Aws-Request-Id").Single();
        var (answer, failure) = await function.RunAsync(name, json.RootElement.Clone(), _stopping.Token);
        using var content = new StringContent(answer ?? InvokeFunctions.Error(failure!), Encoding.UTF8, "application/json");
        using var done = await _http.PostAsync(new Uri(invocations, answer is null ? $"{id}/error" : $"{id}/response"), content, _stopping.Token);
    }
}
