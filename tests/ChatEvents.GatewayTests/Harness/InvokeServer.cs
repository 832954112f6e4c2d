using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.GatewayTests.Harness;

/// <summary>Lambda's Invoke API with functions written in the test; a handler's error kind becomes <c>X-Amz-Function-Error</c>.</summary>
internal sealed class InvokeServer : IAsyncDisposable
{
    private readonly WebApplication _app;

    private InvokeServer(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public string? InvocationType { get; private set; }

    public static async Task<InvokeServer> StartAsync(
        Func<string, JsonElement, (string? Error, string Answer)> handler, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new InvokeServer(app);
        app.MapPost("/2015-03-31/functions/{name}/invocations", async (HttpContext http, string name) =>
        {
            server.InvocationType = http.Request.Headers["X-Amz-Invocation-Type"];
            var (error, answer) = handler(name, await http.Request.ReadFromJsonAsync<JsonElement>(http.RequestAborted));
            if (error is not null)
                http.Response.Headers["X-Amz-Function-Error"] = error;
            await http.Response.WriteAsync(answer, http.RequestAborted);
        });
        await app.StartAsync(cancellation);
        return server;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();
}
