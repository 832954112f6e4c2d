using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;

namespace ChatEvents.EndToEndTests.Pages;

/// <summary>How the page's files are served.</summary>
[Collection(nameof(PageCollection))]
public sealed class PageFilesTests(PageFixture system) : IDisposable
{
    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    public void Dispose() => _http.Dispose();

    [Theory(Timeout = 60_000)]
    [InlineData("", "text/html; charset=utf-8")]
    [InlineData("index.html", "text/html; charset=utf-8")]
    [InlineData("styles.css", "text/css; charset=utf-8")]
    [InlineData("main.js", "text/javascript; charset=utf-8")]
    [InlineData("state/talk.js", "text/javascript; charset=utf-8")]
    [InlineData("chatevents.js", "text/javascript; charset=utf-8")]
    [InlineData("icon.svg", "image/svg+xml")]
    [InlineData("config.json", "application/json")]
    public async Task A_file_has_its_type_and_the_policy_of_the_page_and_is_sent_again_only_when_it_has_changed(string path, string type)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(system.Process is null, "The system was started by somebody else.");
        using var answer = await _http.GetAsync(new Uri(system.PageUrl, path), cancellation);
        using var head = await SendAsync(HttpMethod.Head, path, cancellation);
        using var again = await SendAsync(HttpMethod.Get, path, cancellation, request => request.Headers.IfNoneMatch.Add(answer.Headers.ETag!));

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(type, answer.Content.Headers.ContentType!.ToString());
        Assert.Equal("no-cache", answer.Headers.CacheControl!.ToString());
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        Assert.StartsWith("default-src 'none'; script-src 'self'; style-src 'self';", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal(answer.Content.Headers.ContentLength, head.Content.Headers.ContentLength);
        Assert.Empty(await head.Content.ReadAsByteArrayAsync(cancellation));
        Assert.Equal(HttpStatusCode.NotModified, again.StatusCode);
        Assert.Equal(policy, Assert.Single(again.Headers.GetValues("Content-Security-Policy")));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("POST / HTTP/1.1", 405)]
    [InlineData("DELETE /main.js HTTP/1.1", 405)]
    [InlineData("GET /../ChatEvents.Local.dll HTTP/1.1", 426)] // the gateway's answer to what is not there
    [InlineData("GET /state/%2e%2e/%2e%2e/ChatEvents.Local.dll HTTP/1.1", 426)]
    [InlineData("GET /..%2fChatEvents.Local.dll HTTP/1.1", 426)]
    [InlineData("GET /state%5ctalk.js HTTP/1.1", 426)]
    [InlineData("GET /state HTTP/1.1", 426)]
    [InlineData("GET /test/talk.test.js HTTP/1.1", 404)]
    [InlineData("GET /MAIN.JS HTTP/1.1", 426)]
    public async Task Only_the_files_of_the_page_are_there_and_only_to_be_read(string request, int status)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(system.Process is null, "The system was started by somebody else.");
        Assert.StartsWith($"HTTP/1.1 {status} ", await AnswerAsync(request, cancellation), StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_handshake_at_the_path_of_the_page_is_the_gateways()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(system.Process is null, "The system was started by somebody else.");
        var answer = await AnswerAsync("GET / HTTP/1.1", cancellation, "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");

        Assert.StartsWith("HTTP/1.1 403 ", answer, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("localhost", true)]
    [InlineData("127.0.0.1", true)]
    [InlineData("evil.example.com", false)]
    [InlineData("192.168.1.2", false)]
    public async Task Ready_tokens_are_for_who_sits_at_this_machine(string host, bool isToldTokens)
    {
        var cancellation = TestContext.Current.CancellationToken;
        Assert.SkipWhen(system.Process is null, "The system was started by somebody else.");
        using var answer = await SendAsync(HttpMethod.Get, "config.json", cancellation, request => request.Headers.Host = $"{host}:{system.PageUrl.Port}");

        using var config = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellation));
        Assert.Equal("/local", config.RootElement.GetProperty("url").GetString());
        Assert.Equal("optional", config.RootElement.GetProperty("auth").GetProperty("mode").GetString());
        Assert.Equal(isToldTokens, config.RootElement.TryGetProperty("tokens", out _));
        Assert.False(answer.Headers.Contains("Access-Control-Allow-Origin"));
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, CancellationToken cancellation, Action<HttpRequestMessage>? change = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(system.PageUrl, path));
        change?.Invoke(request);
        return await _http.SendAsync(request, cancellation);
    }

    /// <summary>As it is: an HTTP client would tidy the path first.</summary>
    private async Task<string> AnswerAsync(string request, CancellationToken cancellation, string? headers = null)
    {
        using var socket = new TcpClient();
        await socket.ConnectAsync("127.0.0.1", system.PageUrl.Port, cancellation);
        await using var stream = socket.GetStream();
        var text = $"{request}\r\nHost: localhost:{system.PageUrl.Port}\r\n{(headers is null ? "Connection: close" : headers)}\r\nContent-Length: 0\r\n\r\n";
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), cancellation);
        using var reader = new StreamReader(stream);
        return await reader.ReadLineAsync(cancellation) ?? "";
    }
}
