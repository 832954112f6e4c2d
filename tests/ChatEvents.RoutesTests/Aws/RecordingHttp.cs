using System.Net;
using System.Text;

namespace ChatEvents.RoutesTests.Aws;

/// <summary>The network: records each request and gives the answers of a test in order; the last one is repeated.</summary>
internal sealed class RecordingHttp(params Func<CancellationToken, Task<HttpResponseMessage>>[] answers) : HttpMessageHandler
{
    public List<HttpRequestMessage> Requests { get; } = [];

    public static Func<CancellationToken, Task<HttpResponseMessage>> Answer(HttpStatusCode status, string body) =>
        _ => Task.FromResult(new HttpResponseMessage(status) { Content = new StringContent(body, Encoding.UTF8) });

    public static Func<CancellationToken, Task<HttpResponseMessage>> Fail(Exception failure) => _ => throw failure;

    public static async Task<HttpResponseMessage> HangAsync(CancellationToken cancellation)
    {
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellation);
        throw new OperationCanceledException(cancellation);
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        Requests.Add(request);
        return answers[Math.Min(Requests.Count, answers.Length) - 1](cancellationToken);
    }
}
