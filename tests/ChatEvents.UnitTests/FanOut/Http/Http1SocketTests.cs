using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>The poster over HTTP/1.1, against a server that answers byte for byte what a test says.</summary>
public sealed class Http1SocketTests : IAsyncLifetime
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private PosterUnderTest _poster = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server.Start();
        _poster = await PosterUnderTest.StartAsync(HttpChoice.Negotiated);
    }

    public async ValueTask DisposeAsync()
    {
        await _poster.DisposeAsync();
        _server.Dispose();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 410 Gone\r\nContent-Length: 16\r\n\r\n{\"message\":null}")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")]
    public async Task After_an_answer_of_any_shape_the_socket_serves_the_next_post(string answer)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var serving = ServeAsync(answer, Ok);

        Assert.Equal(DeliveryOutcome.Gone, (await PostAsync(cancellation)).Outcome);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(cancellation)).Outcome);
        await serving;
    }

    [Theory(Timeout = 60_000)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")] // its body ends with the socket
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore than was asked for")]
    public async Task A_socket_that_cannot_be_used_again_is_not(string answer)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var first = ServeAsync(answer);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(cancellation)).Outcome);
        await first;

        var second = ServeAsync(Ok);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(cancellation)).Outcome);
        await second;
    }

    [Fact(Timeout = 60_000)]
    public async Task An_idle_socket_that_the_gateway_has_closed_costs_a_post_nothing()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var first = ServeAsync(Ok);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(cancellation)).Outcome);
        await first; // and the server has closed it

        var second = ServeAsync(Ok);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(cancellation)).Outcome);
        await second;
    }

    [Fact(Timeout = 60_000)]
    public async Task A_socket_that_the_gateway_closes_on_a_post_has_failed_because_the_post_may_have_arrived()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var serving = ServeAsync(Ok, "");
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(cancellation)).Outcome);

        Assert.Equal(DeliveryOutcome.Failed, (await PostAsync(cancellation)).Outcome);
        await serving;
    }

    [Theory(Timeout = 60_000)]
    [InlineData("", "The response ended prematurely")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", "The response ended prematurely")]
    [InlineData("220 mail.example.com ESMTP\r\n\r\n", "220 mail.example.com ESMTP")]
    public async Task What_is_no_answer_is_a_failure_with_its_reason(string answer, string reason)
    {
        var serving = ServeAsync(answer);

        var delivery = await PostAsync(TestContext.Current.CancellationToken);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains(reason, delivery.Reason, StringComparison.Ordinal);
        await serving;
    }

    [Fact(Timeout = 60_000)]
    public async Task No_more_sockets_are_opened_than_posts_may_be_under_way()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var poster = await PosterUnderTest.StartAsync(HttpChoice.Http1, configure: handler => handler.MaxConnectionsPerServer /= 128); // 2
        var posts = Enumerable.Range(0, 3).Select(_ => poster.PostAsync(Endpoint, cancellation)).ToList();
        await using var first = await AcceptAsync();
        await using var second = await AcceptAsync();
        await ReceiveRequestAsync(first);
        await ReceiveRequestAsync(second);
        Assert.False(_server.Pending());

        await first.WriteAsync(Encoding.ASCII.GetBytes(Ok), cancellation);
        await ReceiveRequestAsync(first);
        foreach (var stream in (Stream[])[first, second]) await stream.WriteAsync(Encoding.ASCII.GetBytes(Ok), cancellation);

        Assert.All(await Task.WhenAll(posts), delivery => Assert.Equal(DeliveryOutcome.Delivered, delivery.Outcome));
    }

    private string Endpoint => $"http://localhost:{((IPEndPoint)_server.LocalEndpoint).Port}/local";

    private Task<Delivery> PostAsync(CancellationToken cancellation) => _poster.PostAsync(Endpoint, cancellation);

    /// <summary>Accepts one socket, answers the requests that come on it one after the other, and closes it.</summary>
    private async Task ServeAsync(params string[] answers)
    {
        await using var stream = await AcceptAsync();
        foreach (var answer in answers)
        {
            await ReceiveRequestAsync(stream);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), Cancellation);
        }
    }

    private async Task<NetworkStream> AcceptAsync() => new(await _server.AcceptSocketAsync(Cancellation), ownsSocket: true);

    private static async Task ReceiveRequestAsync(Stream stream)
    {
        var received = new byte[8 * 1_024];
        for (var length = 0; ;)
        {
            var count = await stream.ReadAsync(received.AsMemory(length), Cancellation);
            Assert.NotEqual(0, count);
            length += count;
            var request = Encoding.ASCII.GetString(received, 0, length);
            var endOfHead = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (endOfHead < 0) continue;

            var contentLength = request[..endOfHead].Split("\r\n").Single(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))[16..];
            if (length == endOfHead + 4 + int.Parse(contentLength, CultureInfo.InvariantCulture)) return;
        }
    }
}
