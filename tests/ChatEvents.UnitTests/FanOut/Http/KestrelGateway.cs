using System.Net;
using System.Security.Cryptography.X509Certificates;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>A gateway that does what a test says, on Kestrel, over TLS unless a test wants none.</summary>
internal sealed class KestrelGateway : IAsyncDisposable
{
    private readonly HttpProtocols _protocols;
    private readonly X509Certificate2 _certificate;
    private readonly bool _isSecure;
    private WebApplication _server;

    private KestrelGateway(HttpProtocols protocols, X509Certificate2 certificate, bool isSecure)
    {
        (_protocols, _certificate, _isSecure) = (protocols, certificate, isSecure);
        _server = Build(port: 0);
    }

    /// <summary>Trusts this gateway's certificate, and no other.</summary>
    public X509ChainPolicy Trust => TestCertificate.TrustIn(_certificate);

    public int Port => new Uri(_server.Urls.Single()).Port;

    public string Endpoint => $"https://localhost:{Port}/prod";

    /// <summary>What happens to a request; an empty answer of 200 unless the test says otherwise.</summary>
    public RequestDelegate OnRequest { get; set; } = _ => Task.CompletedTask;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<KestrelGateway> StartAsync(
        HttpProtocols protocols = HttpProtocols.Http1AndHttp2, string certificateName = "localhost", bool isSecure = true)
    {
        var gateway = new KestrelGateway(protocols, TestCertificate.SelfSigned(certificateName), isSecure);
        await gateway._server.StartAsync(Cancellation);
        return gateway;
    }

    /// <summary>Stops in order, and starts again at the same port.</summary>
    public async Task RestartAsync()
    {
        var port = Port;
        await _server.StopAsync(Cancellation);
        await _server.DisposeAsync();
        _server = Build(port);
        await _server.StartAsync(Cancellation);
    }

    public async Task StopAsync() => await _server.StopAsync(Cancellation);

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        _certificate.Dispose();
    }

    private WebApplication Build(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(IPAddress.Loopback, port, listen =>
            {
                listen.Protocols = _protocols;
                if (_isSecure) listen.UseHttps(_certificate);
            });
        });
        var server = builder.Build();
        server.Run(context => OnRequest(context));
        return server;
    }
}
