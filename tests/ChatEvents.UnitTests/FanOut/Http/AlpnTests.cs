using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>Which version of HTTP is spoken to servers as others have written them, over TLS and without.</summary>
public sealed partial class AlpnTests
{
    /// <summary>
    /// Node's HTTP/2 is nghttp2. Answers with the status that the connection id names, and with what it has seen as type of the error.
    /// </summary>
    private const string NodeGateway = """
        const http2 = require('http2');
        const { KEY: key, CERTIFICATE: cert, HTTP1: allowHTTP1 } = process.env;
        const server = key ? http2.createSecureServer({ key, cert, allowHTTP1: !!allowHTTP1 }) : http2.createServer();
        server.on('request', (request, response) => {
          const status = Number(request.url.split('/').at(-1));
          let length = 0;
          request.on('data', part => length += part.length);
          request.on('end', () => {
            response.writeHead(status, { 'x-amzn-errortype': request.httpVersion + ' ' + length, 'retry-after': '7' });
            response.end(status === 204 ? '' : '{"message":"' + 'x'.repeat(20000) + '"}');
          });
        });
        server.listen(0, '127.0.0.1', () => console.log('listening on ' + server.address().port));
        """;

    [Theory(Timeout = 60_000)]
    [InlineData(HttpChoice.Negotiated, HttpProtocols.Http1AndHttp2, "HTTP/2")]
    [InlineData(HttpChoice.Negotiated, HttpProtocols.Http2, "HTTP/2")]
    [InlineData(HttpChoice.Negotiated, HttpProtocols.Http1, "HTTP/1.1")]
    [InlineData(HttpChoice.Http1, HttpProtocols.Http1AndHttp2, "HTTP/1.1")]
    [InlineData(HttpChoice.Http2, HttpProtocols.Http1AndHttp2, "HTTP/2")]
    public async Task Kestrel_chooses_of_what_the_setting_offers(HttpChoice offered, HttpProtocols spoken, string chosen)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await KestrelGateway.StartAsync(spoken);
        var protocols = new Recorded<string>();
        gateway.OnRequest = context =>
        {
            protocols.Add(context.Request.Protocol);
            return Task.CompletedTask;
        };
        await using var poster = await PosterUnderTest.StartAsync(offered, gateway.Trust);

        var deliveries = await Task.WhenAll(
            Enumerable.Range(0, 20).Select(_ => poster.PostAsync(gateway.Endpoint, cancellation)));

        Assert.All(deliveries, delivery => Assert.Equal(new Delivery(DeliveryOutcome.Delivered), delivery));
        Assert.Equal(Enumerable.Repeat(chosen, 20), protocols.All);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(HttpChoice.Http1, HttpProtocols.Http2)]
    [InlineData(HttpChoice.Http2, HttpProtocols.Http1)]
    public async Task Where_the_two_have_no_version_in_common_the_post_has_failed(HttpChoice offered, HttpProtocols spoken)
    {
        await using var gateway = await KestrelGateway.StartAsync(spoken);
        await using var poster = await PosterUnderTest.StartAsync(offered, gateway.Trust);

        var delivery = await poster.PostAsync(gateway.Endpoint, TestContext.Current.CancellationToken);

        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.NotEmpty(delivery.Reason!);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(HttpChoice.Negotiated, true, true, "2.0")]
    [InlineData(HttpChoice.Negotiated, true, false, "2.0")]
    [InlineData(HttpChoice.Http1, true, true, "1.1")]
    [InlineData(HttpChoice.Http2, true, true, "2.0")]
    [InlineData(HttpChoice.Http2, false, false, "2.0")] // without a handshake to ask in
    public async Task Nghttp2_chooses_of_what_the_setting_offers(HttpChoice offered, bool isSecure, bool allowsHttp1, string chosen)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var certificate = TestCertificate.SelfSigned("localhost");
        await using var node = ChildProcess.Start("node", ["-e", NodeGateway], environment: isSecure
            ? new Dictionary<string, string?>
            {
                ["KEY"] = certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem(),
                ["CERTIFICATE"] = certificate.ExportCertificatePem(),
                ["HTTP1"] = allowsHttp1 ? "yes" : null,
            }
            : null);
        var port = ListeningOn.Match(await node.WaitForLineAsync(ListeningOn, cancellation)).Groups[1].Value;
        var endpoint = $"{(isSecure ? "https" : "http")}://localhost:{port}/prod";
        await using var poster = await PosterUnderTest.StartAsync(offered, TestCertificate.TrustIn(certificate));

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await poster.PostAsync(endpoint, cancellation, id: "204"));
        Assert.Equal(new Delivery(DeliveryOutcome.Throttled, TimeSpan.FromSeconds(7)), await poster.PostAsync(endpoint, cancellation, id: "429"));
        for (var length = 1; length <= 100_000; length *= 10)
        {
            Assert.Equal(
                new Delivery(DeliveryOutcome.Forbidden, Reason: $"403 {chosen} {length}"),
                await poster.PostAsync(endpoint, cancellation, new string('x', length), "403"));
        }
    }

    [GeneratedRegex(@"listening on (\d+)")]
    private static partial Regex ListeningOn { get; }
}
