using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.SdkTests;

/// <summary>An HTTP server that keeps what it is asked and answers what it is told, in order.</summary>
public sealed class RecordingServer : IAsyncLifetime
{
    private readonly WebApplication _app;
    private readonly ConcurrentQueue<Answer> _answers = [];
    private readonly ConcurrentQueue<ReceivedRequest> _requests = [];

    public RecordingServer()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(RecordAndAnswer);
    }

    /// <summary>Whether requests are kept waiting for as long as they wait.</summary>
    public bool Hangs { get; set; }

    public string Url => _app.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.Single();

    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public ReceivedRequest OnlyRequest => Assert.Single(_requests);

    public async ValueTask InitializeAsync() => await _app.StartAsync(TestContext.Current.CancellationToken);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    public void NextAnswer(int status, string body, params (string Name, string Value)[] headers) =>
        _answers.Enqueue(new Answer(status, body, headers, InChunks: false));

    /// <summary>An answer whose length is not said beforehand.</summary>
    public void NextAnswerInChunks(string body) => _answers.Enqueue(new Answer(StatusCodes.Status200OK, body, [], InChunks: true));

    private async Task RecordAndAnswer(HttpContext context)
    {
        using var body = new StreamReader(context.Request.Body, Encoding.UTF8);
        _requests.Enqueue(new ReceivedRequest(
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await body.ReadToEndAsync(context.RequestAborted)));

        if (Hangs)
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted);

        if (!_answers.TryDequeue(out var answer))
        {
            throw new InvalidOperationException("The test told no answer for this request.");
        }

        context.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers)
        {
            context.Response.Headers[name] = value;
        }

        var content = Encoding.UTF8.GetBytes(answer.Body);
        if (answer.Status != StatusCodes.Status204NoContent)
        {
            context.Response.ContentLength = answer.InChunks ? null : content.Length;
            await context.Response.StartAsync(context.RequestAborted);
            await context.Response.Body.WriteAsync(content, context.RequestAborted);
        }
    }

    private sealed record Answer(int Status, string Body, (string Name, string Value)[] Headers, bool InChunks);
}

public sealed record ReceivedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);
