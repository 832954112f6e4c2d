using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.GatewayTests.Harness;

/// <summary>A gateway on a free port with functions written in the test; every function is an environment of its own Runtime API.</summary>
internal sealed class TestGateway : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly RecordingLog _log;
    private readonly CancellationTokenSource _stopping;
    private readonly ConcurrentBag<Task> _environments = [];

    private TestGateway(WebApplication app, RecordingLog log, CancellationToken cancellation)
    {
        _log = log;
        _app = app;
        _stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        Http = new HttpClient(new SocketsHttpHandler { UseProxy = false })
        {
            BaseAddress = new Uri(app.Urls.First()),
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>Shared by all tests, as by all gateways of one user.</summary>
    public static string CertificateFolder { get; } = Directory.CreateTempSubdirectory("gateway-tls").FullName;

    /// <summary>For management calls and anything else that is not a WebSocket.</summary>
    public HttpClient Http { get; }

    public Uri Address => Http.BaseAddress!;

    /// <summary>Where it speaks HTTP/2, if it has a port for that.</summary>
    public Uri Http2Address => new(GatewayHost.Http2Url(_app));

    public Uri WebSocketAddress => new($"ws://{Address.Authority}/local");

    /// <summary>The value of <c>AWS_LAMBDA_RUNTIME_API</c> for a function with its own port.</summary>
    public string RuntimeApi(string function) => _app.Services.GetRequiredService<FunctionPorts>().RuntimeApi(function)!;

    /// <summary>The variables by which programs trust the gateway's certificate.</summary>
    public IReadOnlyDictionary<string, string> Trust => _app.Services.GetRequiredService<GatewayParts>().Functions.Trust!.Variables;

    public int WaitingEvents(string function) => _app.Services.GetRequiredService<GatewayParts>().Functions.Served[function].WaitingEvents;

    /// <summary>Also after the gateway was stopped.</summary>
    public int OpenConnections => _app.Services.GetRequiredService<GatewayParts>().OpenConnections;

    /// <summary>What the gateway or its web server logged as an error: unhandled exceptions end up here.</summary>
    public IEnumerable<string> Errors => _log.Entries.Where(entry => entry.Level >= LogLevel.Error).Select(entry => $"{entry.Text} {entry.Exception}");

    /// <summary>What its user sees in the log.</summary>
    public IReadOnlyList<string> LogLines => [.. _log.Entries.Select(entry => entry.Text)];

    public int LocalPort => Address.Port;

    /// <summary>The events that functions received, by function, oldest first.</summary>
    public ConcurrentDictionary<string, ConcurrentQueue<JsonElement>> Events { get; } = new();

    public static async Task<TestGateway> StartAsync(
        CancellationToken cancellation, Action<GatewayOptions>? configure = null, TimeProvider? time = null)
    {
        var options = new GatewayOptions { Port = 0, Tls = { Folder = CertificateFolder } };
        configure?.Invoke(options);
        var log = new RecordingLog(LogLevel.Information);
        var app = GatewayHost.Build(options, builder =>
        {
            builder.Logging.AddProvider(log);
            if (time is not null)
                builder.Services.AddSingleton(time);
        });
        await app.StartAsync(cancellation);
        return new TestGateway(app, log, cancellation);
    }

    /// <summary>Serves a function with any number of environments; what the handler throws is reported as the function's error.</summary>
    public void Serve(string function, Func<JsonElement, Task<object?>> handler, int environments = 1)
    {
        for (var i = 0; i < environments; i++)
            _environments.Add(
                new FunctionEnvironment(Http, function).RunAsync(@event => Record(function, @event, handler), _stopping.Token));
    }

    public void Serve(string function, Func<JsonElement, object?> handler, int environments = 1) =>
        Serve(function, @event => Task.FromResult(handler(@event)), environments);

    /// <summary>The first event of the function that satisfies the condition, awaited.</summary>
    public Task<JsonElement> EventAsync(string function, CancellationToken cancellation, Func<JsonElement, bool>? condition = null) =>
        Testing.Patiently.SeeAsync(
            $"an event of {function}",
            () => Task.FromResult(Seen(function).FirstOrDefault(@event => condition?.Invoke(@event) ?? true)),
            @event => @event.ValueKind != JsonValueKind.Undefined,
            cancellation);

    /// <summary>The first log line that contains the text, awaited.</summary>
    public Task<string> LogLineAsync(string text, CancellationToken cancellation) => Testing.Patiently.SeeAsync(
        $"a log line with '{text}' among {string.Join('|', LogLines)}",
        () => Task.FromResult(LogLines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) ?? ""),
        line => line.Length > 0,
        cancellation);

    public IReadOnlyList<JsonElement> Seen(string function) => [.. Events.GetOrAdd(function, _ => new())];

    public async Task<ClientWebSocket> ConnectAsync(
        CancellationToken cancellation, Action<ClientWebSocketOptions>? configure = null, string query = "")
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        socket.Options.KeepAliveInterval = Timeout.InfiniteTimeSpan;
        configure?.Invoke(socket.Options);
        await socket.ConnectAsync(new Uri(WebSocketAddress + query), cancellation);
        return socket;
    }

    public Task<HttpResponseMessage> PostAsync(string connectionId, string text) => PostAsync(connectionId, Encoding.UTF8.GetBytes(text));

    public Task<HttpResponseMessage> PostAsync(string connectionId, byte[] body) =>
        Http.PostAsync($"/local/@connections/{connectionId}", new ByteArrayContent(body), TestContext.Current.CancellationToken);

    /// <summary>Stops the gateway, which waits for what functions still have to hear.</summary>
    public Task StopAsync() => _app.StopAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync(CancellationToken.None);
        await _stopping.CancelAsync();
        await Task.WhenAll(_environments);
        await _app.DisposeAsync();
        Http.Dispose();
        _stopping.Dispose();
    }

    private async Task<object?> Record(string function, JsonElement @event, Func<JsonElement, Task<object?>> handler)
    {
        Events.GetOrAdd(function, _ => new()).Enqueue(@event);
        return await handler(@event);
    }
}
