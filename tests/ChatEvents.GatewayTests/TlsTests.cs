using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ChatEvents.GatewayTests.Harness;

namespace ChatEvents.GatewayTests;

/// <summary>TLS and plain HTTP on the same port (faults.md B3).</summary>
public sealed class TlsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tls").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory(Timeout = 60_000)]
    [InlineData("ws")]
    [InlineData("wss")]
    public async Task The_same_port_serves_clients_with_and_without_TLS(string scheme)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var socket = await ConnectAsync($"{scheme}://localhost:{gateway.LocalPort}/local");

        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        (await gateway.PostAsync(id, "hello")).Dispose();

        Assert.Equal("hello", await socket.ReceiveTextAsync(cancellation));
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, cancellation);
        await gateway.EventAsync("disconnect", cancellation);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("ws", "http")]
    [InlineData("wss", "https")]
    public async Task Events_say_how_the_client_came(string scheme, string protocol)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var socket = await ConnectAsync($"{scheme}://localhost:{gateway.LocalPort}/local");

        var headers = (await gateway.EventAsync("connect", cancellation)).GetProperty("headers");

        Assert.Equal((protocol, $"{gateway.LocalPort}"), (headers.Text("X-Forwarded-Proto"), headers.Text("X-Forwarded-Port")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_proxy_in_front_knows_better_how_the_client_came()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        await client.HandshakeAsync("/local", "X-Forwarded-Proto: https", "X-Forwarded-Port: 443", "X-Forwarded-For: 203.0.113.7");

        var headers = (await gateway.EventAsync("connect", cancellation)).GetProperty("headers");
        Assert.Equal(
            ("https", "443", "203.0.113.7, 127.0.0.1"),
            (headers.Text("X-Forwarded-Proto"), headers.Text("X-Forwarded-Port"), headers.Text("X-Forwarded-For")));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("1.1")]
    [InlineData("2.0")]
    public async Task Over_TLS_a_caller_of_the_management_API_chooses_its_HTTP(string version)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var socket = await ConnectAsync($"wss://localhost:{gateway.LocalPort}/local");
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        using var http = new HttpClient(new SocketsHttpHandler { UseProxy = false, SslOptions = { RemoteCertificateValidationCallback = IsGatewayCertificate } });
        using var post = new HttpRequestMessage(HttpMethod.Post, $"https://localhost:{gateway.LocalPort}/local/@connections/{id}")
        {
            Content = new StringContent(new string('x', 100_000)),
            Version = Version.Parse(version),
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

        using var answer = await http.SendAsync(post, cancellation);

        Assert.Equal((HttpStatusCode.OK, version), (answer.StatusCode, answer.Version.ToString()));
        Assert.Equal(100_000, (await socket.ReceiveTextAsync(cancellation)).Length);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("localhost")]
    [InlineData("127.0.0.1")]
    [InlineData("local00api.execute-api.eu-central-1.localhost")]
    [InlineData("host.docker.internal")]
    [InlineData("ws.example.com")]
    public async Task The_certificate_is_valid_for_every_name_of_the_gateway(string name)
    {
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken, options => options.Hosts.Add("ws.example.com"));

        using var certificate = await CertificateAsync(gateway, name);

        Assert.True(certificate.MatchesHostname(name));
        Assert.InRange(certificate.NotAfter, TimeProvider.System.GetUtcNow().AddDays(300).DateTime, DateTime.MaxValue);
    }

    [Fact(Timeout = 60_000)]
    public async Task The_certificate_is_kept_so_that_it_is_trusted_once()
    {
        string[] thumbprints = new string[2];
        for (var start = 0; start < 2; start++)
        {
            await using var gateway = await StartAsync(TestContext.Current.CancellationToken, options => options.Tls.Folder = _folder);
            using var certificate = await CertificateAsync(gateway, "localhost");
            thumbprints[start] = certificate.Thumbprint;
        }

        Assert.Equal(thumbprints[0], thumbprints[1]);
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_folder, "gateway.pem")));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_certificate_of_the_users_own_is_used_as_it_is()
    {
        using var key = System.Security.Cryptography.RSA.Create(2048);
        var request = new CertificateRequest(
            "CN=mine", key, System.Security.Cryptography.HashAlgorithmName.SHA256, System.Security.Cryptography.RSASignaturePadding.Pkcs1);
        using var mine = request.CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        File.WriteAllText(Path.Combine(_folder, "mine.pem"), mine.ExportCertificatePem());
        File.WriteAllText(Path.Combine(_folder, "mine.key"), key.ExportPkcs8PrivateKeyPem());
        await using var gateway = await StartAsync(TestContext.Current.CancellationToken, options =>
            (options.Tls.Certificate, options.Tls.Key) = (Path.Combine(_folder, "mine.pem"), Path.Combine(_folder, "mine.key")));

        using var certificate = await CertificateAsync(gateway, "localhost");

        Assert.Equal("CN=mine", certificate.Subject);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_does_not_trust_the_certificate_is_told_of_in_the_log()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("localhost", gateway.LocalPort, cancellation);
        await using (var tls = new SslStream(tcp.GetStream(), false, (_, _, _, _) => false))
        {
            await Assert.ThrowsAsync<System.Security.Authentication.AuthenticationException>(() => tls.AuthenticateAsClientAsync("localhost"));
        }

        using var again = await ConnectAsync($"wss://localhost:{gateway.LocalPort}/local"); // others are served
    }

    [Fact(Timeout = 60_000)]
    public async Task Bytes_that_only_begin_like_TLS_end_their_connection()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation);
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        await client.SendBytesAsync(Encoding.ASCII.GetBytes("\u0016GET /local HTTP/1.1\r\n\r\n"));

        while (!await client.IsEndedAsync())
        {
        }

        await gateway.LogLineAsync("A TLS handshake failed", cancellation);
        Assert.Empty(gateway.Errors);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("shop", "/shop")]
    [InlineData("shop", "/shop/@connections/Qv7kLd3mIAMCJw8=")]
    [InlineData("", "/")]
    [InlineData("", "/@connections/Qv7kLd3mIAMCJw8=")]
    public async Task A_custom_domain_has_its_base_path_and_no_stage(string basePath, string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync(cancellation, options =>
            options.CustomDomain = new() { Name = "ws.example.com", BasePath = basePath });
        await using var client = await RawClient.OpenAsync(gateway.Address, cancellation);

        if (!path.Contains('@', StringComparison.Ordinal))
        {
            var answer = await client.RequestAsync(
                $"GET {path} HTTP/1.1", $"Host: ws.example.com:{gateway.LocalPort}", "Connection: Upgrade", "Upgrade: websocket",
                "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==");
            Assert.Equal(101, answer.Status);
            var context = (await gateway.EventAsync("connect", cancellation)).Context();
            Assert.Equal(($"ws.example.com:{gateway.LocalPort}", "local"), (context.Text("domainName"), context.Text("stage")));
        }
        else
        {
            Assert.Equal(410, (await client.RequestAsync($"GET {path} HTTP/1.1", "Host: ws.example.com")).Status);
        }
    }

    private static bool IsGatewayCertificate(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate!.Subject == "CN=ChatEvents local gateway" && (errors & SslPolicyErrors.RemoteCertificateNameMismatch) == 0;

    private static async Task<ClientWebSocket> ConnectAsync(string address)
    {
        var socket = new ClientWebSocket();
        socket.Options.Proxy = null;
        socket.Options.RemoteCertificateValidationCallback = IsGatewayCertificate;
        await socket.ConnectAsync(new Uri(address), Cancellation);
        return socket;
    }

    private static async Task<X509Certificate2> CertificateAsync(TestGateway gateway, string name)
    {
        using var tcp = new TcpClient();
        await tcp.ConnectAsync("localhost", gateway.LocalPort, Cancellation);
        X509Certificate2? seen = null;
        await using var tls = new SslStream(tcp.GetStream(), false, (_, certificate, _, _) =>
        {
            seen = certificate is null ? null : new X509Certificate2(certificate);
            return seen is not null; // the issuer does not matter: the test inspects the certificate itself
        });
        await tls.AuthenticateAsClientAsync(name);
        return seen!;
    }

    private static async Task<TestGateway> StartAsync(
        CancellationToken cancellation, Action<LocalGateway.Configuration.GatewayOptions>? configure = null)
    {
        var gateway = await TestGateway.StartAsync(cancellation, options =>
        {
            Api.AllRoutes(options);
            configure?.Invoke(options);
        });
        gateway.ServeAll();
        return gateway;
    }
}
