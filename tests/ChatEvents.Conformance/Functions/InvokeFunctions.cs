using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.Conformance.Functions;

/// <summary>
/// The functions by URL: Lambda's Invoke API, which the target calls. Functions that are deployed elsewhere report the events that they
/// receive to <c>POST /events/{function}</c> at the same address.
/// </summary>
internal sealed class InvokeFunctions : IAsyncDisposable
{
    private readonly WebApplication _app;

    private InvokeFunctions(WebApplication app) => _app = app;

    public Uri Address => new(_app.Urls.First());

    public static async Task<InvokeFunctions> StartAsync(Uri listen, ScriptedFunction function, SeenEvents seen, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls(listen.ToString());
        builder.Services.AddRoutingCore();
        builder.Logging.ClearProviders();
        var app = builder.Build();
        app.MapPost("/2015-03-31/functions/{function}/invocations", async http =>
        {
            var @event = await ReadAsync(http);
            var (answer, failure) = await function.RunAsync((string)http.Request.RouteValues["function"]!, @event, http.RequestAborted);
            if (answer is null)
                http.Response.Headers["X-Amz-Function-Error"] = "Unhandled";
            await http.Response.WriteAsync(answer ?? Error(failure!), http.RequestAborted);
        });
        app.MapPost("/events/{function}", async http => seen.Add((string)http.Request.RouteValues["function"]!, await ReadAsync(http)));
        await app.StartAsync(cancellation);
        return new InvokeFunctions(app);
    }

    /// <summary>The failure of a function, as runtimes report it.</summary>
    public static string Error(string message) => $$"""{"errorType":"Error","errorMessage":"{{JsonEncodedText.Encode(message)}}","stackTrace":[]}""";

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    private static async Task<JsonElement> ReadAsync(HttpContext http)
    {
        using var json = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        return json.RootElement.Clone();
    }
}
