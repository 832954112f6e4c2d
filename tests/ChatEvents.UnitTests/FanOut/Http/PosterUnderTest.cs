using System.Security.Cryptography.X509Certificates;
using Amazon.Runtime;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;
using ChatEvents.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>The poster on real sockets, set up as the worker sets it up, but for what a test changes. Time stands still for it.</summary>
internal sealed class PosterUnderTest : IAsyncDisposable
{
    public const string ConnectionId = "Qv7kLd3mIAMCJw8=";

    public static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    private readonly CallbackCredentials _credentials;
    private readonly HttpMessageInvoker _gateways;
    private readonly HttpConnectionPoster _poster;

    private PosterUnderTest(HttpChoice http, X509ChainPolicy? trust, Action<SocketsHttpHandler>? configure)
    {
        _credentials = new CallbackCredentials(
            new SessionAWSCredentials("AKIDEXAMPLE", "secret", "token"), Time, NullLogger<CallbackCredentials>.Instance);
        var options = new FanOutOptions { Http = http, PostTimeout = Timeout };
        var handler = GatewayHttp.CreateHandler(options);
        handler.ConnectTimeout = System.Threading.Timeout.InfiniteTimeSpan; // it is on the system's clock, which goes on
        handler.UseProxy = false;
        handler.SslOptions.CertificateChainPolicy = trust;
        configure?.Invoke(handler);
        _gateways = new HttpMessageInvoker(new Watch(handler, Answers));
        _poster = new HttpConnectionPoster(_gateways, new PostSigner("eu-central-1"), _credentials, Options.Create(options), Time);
    }

    public FakeTime Time { get; } = new();

    /// <summary>The heads of answers as the poster gets them.</summary>
    public Recorded<int> Answers { get; } = new();

    public static async Task<PosterUnderTest> StartAsync(
        HttpChoice http, X509ChainPolicy? trust = null, Action<SocketsHttpHandler>? configure = null)
    {
        var poster = new PosterUnderTest(http, trust, configure);
        await poster._credentials.StartAsync(TestContext.Current.CancellationToken);
        return poster;
    }

    public Task<Delivery> PostAsync(
        string endpoint, CancellationToken abandoning, string text = "hello", string id = ConnectionId) =>
        _poster.PostAsync(ConnectionAt(endpoint, id), new RenderedMessage("m1", text), abandoning).AsTask();

    public Task<Delivery> CloseAsync(string endpoint, CancellationToken cancellation) =>
        _poster.CloseAsync(ConnectionAt(endpoint, ConnectionId), cancellation).AsTask();

    public async ValueTask DisposeAsync()
    {
        await _credentials.StopAsync(CancellationToken.None);
        _credentials.Dispose();
        _gateways.Dispose();
    }

    private static Connection ConnectionAt(string endpoint, string id) => new(id, new CallbackEndpoint(endpoint), DateTimeOffset.UnixEpoch);

    private sealed class Watch(HttpMessageHandler handler, Recorded<int> answers) : DelegatingHandler(handler)
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var answer = await base.SendAsync(request, cancellationToken);
            answers.Add((int)answer.StatusCode);
            return answer;
        }
    }
}
