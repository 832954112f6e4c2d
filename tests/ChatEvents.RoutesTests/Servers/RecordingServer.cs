using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ChatEvents.RoutesTests.Servers;

/// <summary>An HTTP server that keeps what it is asked and answers what it is told, in order.</summary>
internal sealed class RecordingServer : LoopbackServer
{
    private readonly ConcurrentQueue<Answer> _answers = [];
    private readonly ConcurrentQueue<ReceivedRequest> _requests = [];

    public string Url => $"http://{HostAndPort}";

    public IReadOnlyList<ReceivedRequest> Requests => [.. _requests];

    public ReceivedRequest OnlyRequest => Assert.Single(_requests);

    public void NextAnswer(int status, string body, params (string Name, string Value)[] headers) =>
        _answers.Enqueue(new Answer(status, body, headers));

    protected override void Map(WebApplication app) => app.Run(RecordAndAnswerAsync);

    private async Task RecordAndAnswerAsync(HttpContext http)
    {
        using var body = new StreamReader(http.Request.Body, Encoding.UTF8);
        _requests.Enqueue(new ReceivedRequest(
            http.Request.Method,
            http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            http.Request.Headers.ToDictionary(header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase),
            await body.ReadToEndAsync(http.RequestAborted)));

        if (!_answers.TryDequeue(out var answer)) throw new InvalidOperationException("The test told no answer for this request.");
        http.Response.StatusCode = answer.Status;
        foreach (var (name, value) in answer.Headers) http.Response.Headers[name] = value;
        if (answer.Status != StatusCodes.Status204NoContent) await http.Response.WriteAsync(answer.Body, http.RequestAborted);
    }

    private sealed record Answer(int Status, string Body, (string Name, string Value)[] Headers);
}

internal sealed record ReceivedRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers, string Body);
