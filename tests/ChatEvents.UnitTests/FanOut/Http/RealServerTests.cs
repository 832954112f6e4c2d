using System.Net;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Amazon.Runtime;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>The poster against HTTP as others have written it, over TLS and without.</summary>
public sealed partial class RealServerTests : IAsyncLifetime
{
    /// <summary>Answers with the status that the connection id names; packs its headers, as most servers do.</summary>
    private const string NodeGateway = """
        const server = require('http2').createServer();
        server.on('stream', (stream, headers) => {
          const status = Number(headers[':path'].split('/').at(-1));
          let length = 0;
          stream.on('data', part => length += part.length);
          stream.on('end', () => {
            stream.respond({ ':status': status, 'x-amzn-errortype': 'Seen' + length, 'retry-after': '7' }, { endStream: status === 204 });
            if (status !== 204) stream.end('{"message":"' + 'x'.repeat(20000) + '"}');
          });
        });
        server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
        """;

    private readonly CallbackCredentials _credentials = new(
        new SessionAWSCredentials("AKIDEXAMPLE", "secret", new string('t', 1_200)), TimeProvider.System, NullLogger<CallbackCredentials>.Instance);

    private readonly X509Certificate2 _certificate = TestCertificate.SelfSigned("localhost");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _credentials.StartAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        await _credentials.StopAsync(CancellationToken.None);
        _credentials.Dispose();
        _certificate.Dispose();
    }

    [Theory(Timeout = 60_000)]
    [InlineData(HttpChoice.Negotiated, HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData(HttpChoice.Negotiated, HttpProtocols.Http2, "HTTP/2")]
    [InlineData(HttpChoice.Negotiated, HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData(HttpChoice.Http1, HttpProtocols.Http1AndHttp2, "HTTP/1.1")]
    [InlineData(HttpChoice.Http2, HttpProtocols.Http1AndHttp2, "HTTP/2")]
    public async Task Over_TLS_the_gateway_chooses_of_what_the_setting_offers(HttpChoice offered, HttpProtocols spoken, string chosen)
    {
        var seen = new Recorded<(string Protocol, string Host, string Body)>();
        await using var server = await StartKestrelAsync(spoken, async context =>
        {
            using var reader = new StreamReader(context.Request.Body);
            seen.Add((context.Request.Protocol, context.Request.Host.Value!, await reader.ReadToEndAsync(Cancellation)));
        });
        var endpoint = new CallbackEndpoint($"https://localhost:{PortOf(server)}/prod");
        using var gateways = CreateGateways(offered);

        var texts = Enumerable.Range(0, 300).Select(number => $"text {number} {new string('x', number * 100)}").ToList();
        var deliveries = await Task.WhenAll(texts.Select(text => PostAsync(gateways, offered, endpoint, "a=", text)));

        Assert.All(deliveries, delivery => Assert.Equal(new Delivery(DeliveryOutcome.Delivered), delivery));
        Assert.Equal(texts.Order(), seen.All.Select(request => request.Body).Order());
        Assert.All(seen.All, request => Assert.Equal((chosen, $"localhost:{PortOf(server)}"), (request.Protocol, request.Host)));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(200, DeliveryOutcome.Delivered)]
    [InlineData(204, DeliveryOutcome.Delivered)]
    [InlineData(410, DeliveryOutcome.Gone)]
    [InlineData(429, DeliveryOutcome.Throttled)]
    [InlineData(413, DeliveryOutcome.TooLarge)]
    [InlineData(403, DeliveryOutcome.Forbidden)]
    [InlineData(500, DeliveryOutcome.Failed)]
    [InlineData(503, DeliveryOutcome.Failed)]
    public async Task Every_answer_of_nghttp2_is_an_outcome(int status, DeliveryOutcome outcome)
    {
        await using var node = ChildProcess.Start("node", ["-e", NodeGateway]);
        var line = await node.WaitForLineAsync(ListeningOn, Cancellation);
        var endpoint = new CallbackEndpoint($"http://127.0.0.1:{ListeningOn.Match(line).Groups[1].Value}/prod");
        using var gateways = CreateGateways(HttpChoice.Http2);

        for (var length = 1; length <= 100_000; length *= 10)
        {
            var delivery = await PostAsync(gateways, HttpChoice.Http2, endpoint, $"{status}", new string('x', length));

            Assert.Equal(outcome, delivery.Outcome);
            if (outcome is DeliveryOutcome.Forbidden or DeliveryOutcome.Failed)
                Assert.Equal($"{status} Seen{length}", delivery.Reason);
            if (outcome is DeliveryOutcome.Throttled)
                Assert.Equal(TimeSpan.FromSeconds(7), delivery.RetryAfter);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task Requests_that_a_stopping_server_does_not_take_any_more_are_made_of_the_next()
    {
        var handled = 0;
        await using var first = await StartKestrelAsync(HttpProtocols.Http2, _ => HandleAsync());
        var port = PortOf(first);
        var endpoint = new CallbackEndpoint($"https://localhost:{port}/prod");
        using var gateways = CreateGateways(HttpChoice.Negotiated);
        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(gateways, HttpChoice.Negotiated, endpoint, "a=", "first")).Outcome);

        await first.StopAsync(Cancellation);
        await using var second = await StartKestrelAsync(HttpProtocols.Http2, _ => HandleAsync(), port);

        Assert.Equal(DeliveryOutcome.Delivered, (await PostAsync(gateways, HttpChoice.Negotiated, endpoint, "a=", "second")).Outcome);
        Assert.Equal(2, handled);

        Task HandleAsync()
        {
            Interlocked.Increment(ref handled);
            return Task.CompletedTask;
        }
    }

    [GeneratedRegex(@"listening on (\d+)")]
    private static partial Regex ListeningOn { get; }

    private static int PortOf(WebApplication server) => new Uri(server.Urls.Single()).Port;

    private async Task<WebApplication> StartKestrelAsync(HttpProtocols protocols, RequestDelegate handle, int port = 0)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, port, listen =>
        {
            listen.Protocols = protocols;
            listen.UseHttps(_certificate);
        }));
        var server = builder.Build();
        server.Run(handle);
        await server.StartAsync(Cancellation);
        return server;
    }

    private GatewayConnections CreateGateways(HttpChoice http)
    {
        var trust = TestCertificate.TrustIn(_certificate);
        return new GatewayConnections(
            (endpoint, cancellation) => GatewaySockets.DialAsync(endpoint, http, trust, cancellation),
            new RequestHeads(new PostSigner("eu-central-1"), _credentials, TimeProvider.System),
            OptionsOf(http),
            TimeProvider.System);
    }

    private static Task<Delivery> PostAsync(GatewayConnections gateways, HttpChoice http, CallbackEndpoint endpoint, string id, string text) =>
        new HttpConnectionPoster(gateways, OptionsOf(http), TimeProvider.System)
            .PostAsync(new Connection(id, endpoint, DateTimeOffset.UnixEpoch), new RenderedMessage("m1", text), Cancellation).AsTask();

    private static IOptions<FanOutOptions> OptionsOf(HttpChoice http) =>
        Options.Create(new FanOutOptions { Http = http, PostTimeout = TimeSpan.FromSeconds(30) });
}
