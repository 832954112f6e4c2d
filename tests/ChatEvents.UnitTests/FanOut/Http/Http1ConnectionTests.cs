using System.Globalization;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Amazon.Runtime;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>The poster on real sockets, against a server that answers byte for byte what a test says.</summary>
public sealed class Http1ConnectionTests : IAsyncLifetime
{
    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";

    private readonly TcpListener _server = new(IPAddress.Loopback, 0);
    private readonly CallbackCredentials _credentials = new(
        new BasicAWSCredentials("AKIDEXAMPLE", "secret"), TimeProvider.System, NullLogger<CallbackCredentials>.Instance);

    private readonly Dictionary<string, CallbackEndpoint> _endpoints = [];
    private readonly GatewayConnections _gateways;
    private readonly HttpConnectionPoster _poster;
    private X509ChainPolicy? _trust;

    public Http1ConnectionTests()
    {
        var options = Options.Create(new FanOutOptions { PostTimeout = TimeSpan.FromSeconds(20) });
        var heads = new RequestHeads(new PostSigner("eu-central-1"), _credentials, TimeProvider.System);
        _gateways = new GatewayConnections(
            (endpoint, cancellation) => GatewaySockets.DialAsync(endpoint, HttpChoice.Negotiated, _trust, cancellation), heads, options, TimeProvider.System);
        _poster = new HttpConnectionPoster(_gateways, options, TimeProvider.System);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _server.Start();
        await _credentials.StartAsync(Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await _credentials.StopAsync(CancellationToken.None);
        _credentials.Dispose();
        _gateways.Dispose();
        _server.Dispose();
    }

    [Theory(Timeout = 60_000)]
    [InlineData("HTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 410 Gone\r\nContent-Length: 16\r\n\r\n{\"message\":null}")]
    [InlineData("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 410 Gone\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n")]
    [InlineData("HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\nA;name=value\r\n0123456789\r\n2\r\n\r\n\r\n0\r\nTrailer: x\r\n\r\n")]
    public async Task After_an_answer_of_any_shape_the_socket_serves_the_next_post(string answer)
    {
        var serving = ServeAsync(answer, Ok);

        Assert.Equal(DeliveryOutcome.Gone, (await PostAsync()).Outcome);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync()).Outcome);
        await serving;
    }

    [Fact(Timeout = 60_000)]
    public async Task An_answer_that_comes_byte_by_byte_is_read_to_its_end()
    {
        var serving = ServeAsync(
            async (socket, _) =>
            {
                foreach (var letter in Encoding.ASCII.GetBytes("HTTP/1.1 410 Gone\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n"))
                {
                    await socket.WriteAsync(new[] { letter }, Cancellation);
                }
            },
            (socket, _) => socket.WriteAsync(Encoding.ASCII.GetBytes(Ok), Cancellation).AsTask());

        Assert.Equal(DeliveryOutcome.Gone, (await PostAsync()).Outcome);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync()).Outcome);
        await serving;
    }

    [Theory(Timeout = 60_000)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\n\r\n")] // its body ends with the socket
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")] // nobody waits for that
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nmore than was asked for")]
    public async Task A_socket_that_cannot_be_used_again_is_not(string answer)
    {
        var first = ServeAsync(answer);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync()).Outcome);
        await first;

        var second = ServeAsync(Ok);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync()).Outcome);
        await second;
    }

    [Fact(Timeout = 60_000)]
    public async Task An_idle_socket_that_the_gateway_has_closed_costs_a_post_nothing()
    {
        var first = ServeAsync(Ok);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync()).Outcome);
        await first; // and the server has closed it

        var second = ServeAsync(Ok);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync()).Outcome);
        await second;
    }

    [Theory(Timeout = 60_000)]
    [InlineData("", "The gateway closed the connection without an answer.")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", "The gateway closed the connection without an answer.")]
    [InlineData("220 mail.example.com ESMTP\r\n\r\n", "The gateway's answer is no HTTP/1.1.")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nsome\r\n", "A chunk of the gateway's answer has no size.")]
    public async Task A_new_socket_that_breaks_is_a_failure_with_its_reason(string answer, string reason)
    {
        var serving = ServeAsync(answer);

        Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: reason), await PostAsync());
        await serving;
    }

    [Fact(Timeout = 60_000)]
    public async Task A_head_without_an_end_is_given_up()
    {
        var serving = ServeAsync("HTTP/1.1 200 OK\r\n" + string.Concat(Enumerable.Repeat("X-More: of the same\r\n", 1_000)));

        Assert.Equal(
            new Delivery(DeliveryOutcome.Failed, Reason: "The gateway's answer has a head without an end."), await PostAsync());
        await serving;
    }

    [Theory(Timeout = 60_000)]
    [InlineData(100)]
    [InlineData(8 * 1_024)]
    [InlineData(128 * 1_024)]
    public async Task A_body_of_any_size_arrives_whole(int length)
    {
        var text = new string('x', length);
        var received = "";
        var serving = ServeAsync((socket, request) =>
        {
            received = request;
            return socket.WriteAsync(Encoding.ASCII.GetBytes(Ok), Cancellation).AsTask();
        });

        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(text)).Outcome);
        await serving;
        Assert.Equal(text, received[(received.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..]);
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_go_over_TLS_where_the_endpoint_is_https()
    {
        using var certificate = TestCertificate.SelfSigned("localhost");
        _trust = TestCertificate.TrustIn(certificate);
        var serving = ServeTlsAsync(certificate, Ok, Ok);

        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(scheme: "https")).Outcome);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(new string('x', 100_000), scheme: "https")).Outcome);
        await serving;
    }

    [Theory(Timeout = 60_000)]
    [InlineData("localhost")] // which nobody vouches for
    [InlineData("somebody-else.example.com")]
    public async Task Nothing_is_posted_to_a_server_whose_certificate_cannot_be_trusted(string name)
    {
        using var certificate = TestCertificate.SelfSigned(name);
        var serving = ServeTlsAsync(certificate, Ok);

        var delivery = await PostAsync(scheme: "https");

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.Contains("certificate", delivery.Reason, StringComparison.Ordinal);
        await Assert.ThrowsAnyAsync<Exception>(() => serving); // it never saw a request
    }

    private async Task<Delivery> PostAsync(string text = "hello", string scheme = "http")
    {
        var endpoint = _endpoints.TryGetValue(scheme, out var known)
            ? known
            : _endpoints[scheme] = new CallbackEndpoint($"{scheme}://localhost:{((IPEndPoint)_server.LocalEndpoint).Port}/local");
        return await _poster.PostAsync(
            new Connection("Qv7kLd3mIAMCJw8=", endpoint, DateTimeOffset.UnixEpoch), new RenderedMessage("m1", text), Cancellation);
    }

    /// <summary>Accepts one socket, answers the requests that come on it one after the other, and closes it.</summary>
    private Task ServeAsync(params string[] answers) => ServeAsync([
        .. answers.Select(answer => new Func<Stream, string, Task>(
            (stream, _) => stream.WriteAsync(Encoding.ASCII.GetBytes(answer), Cancellation).AsTask())),
    ]);

    private async Task ServeAsync(params Func<Stream, string, Task>[] answers)
    {
        await using var stream = await AcceptAsync();
        foreach (var answer in answers) await answer(stream, await ReceiveRequestAsync(stream));
    }

    private async Task ServeTlsAsync(X509Certificate2 certificate, params string[] answers)
    {
        await using var stream = new SslStream(await AcceptAsync());
        await stream.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, Cancellation);
        foreach (var answer in answers)
        {
            await ReceiveRequestAsync(stream);
            await stream.WriteAsync(Encoding.ASCII.GetBytes(answer), Cancellation);
        }
    }

    private async Task<NetworkStream> AcceptAsync() => new(await _server.AcceptSocketAsync(Cancellation), ownsSocket: true);

    private static async Task<string> ReceiveRequestAsync(Stream stream)
    {
        var received = new byte[256 * 1_024];
        for (var length = 0; ;)
        {
            var count = await stream.ReadAsync(received.AsMemory(length), Cancellation);
            Assert.NotEqual(0, count);
            length += count;
            var request = Encoding.ASCII.GetString(received, 0, length);
            var endOfHead = request.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (endOfHead < 0) continue;

            var contentLength = request[..endOfHead].Split("\r\n").Single(line => line.StartsWith("Content-Length: ", StringComparison.Ordinal))[16..];
            if (length == endOfHead + 4 + int.Parse(contentLength, CultureInfo.InvariantCulture)) return request;
        }
    }
}
