using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ChatEvents.ProtocolTests.FanOut;

/// <summary>An @connections endpoint over real HTTP that answers as a test wants, and keeps what each connection got.</summary>
public sealed class ConnectionsSink : IAsyncDisposable
{
    private readonly WebApplication _web;
    private readonly ConcurrentDictionary<string, ConcurrentQueue<string>> _delivered = [];

    public ConnectionsSink()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _web = builder.Build();
        _web.MapPost("/prod/@connections/{id}", PostAsync);
        _web.MapDelete("/prod/@connections/{id}", (string id) =>
        {
            Closed.Enqueue(id);
            return Results.NoContent();
        });
    }

    /// <summary>The answer to a post, by connection and text; 200 unless the test says otherwise.</summary>
    public Func<string, string, Task<HttpStatusCode>> OnPost { get; set; } = (_, _) => Task.FromResult(HttpStatusCode.OK);

    public ConcurrentQueue<string> Closed { get; } = [];

    public string Url => _web.Urls.Single() + "/prod";

    public int ConnectionsReached => _delivered.Count;

    public static async Task<ConnectionsSink> StartAsync()
    {
        var sink = new ConnectionsSink();
        await sink._web.StartAsync(TestContext.Current.CancellationToken);
        return sink;
    }

    public IReadOnlyList<string> DeliveredTo(string connectionId) =>
        _delivered.TryGetValue(connectionId, out var messages) ? [.. messages] : [];

    public ValueTask DisposeAsync() => _web.DisposeAsync();

    private async Task<IResult> PostAsync(string id, HttpRequest request)
    {
        using var body = new StreamReader(request.Body);
        var text = await body.ReadToEndAsync(request.HttpContext.RequestAborted);
        var status = await OnPost(id, text);
        if (status == HttpStatusCode.OK)
            _delivered.GetOrAdd(id, _ => []).Enqueue(text);
        return Results.StatusCode((int)status);
    }
}
