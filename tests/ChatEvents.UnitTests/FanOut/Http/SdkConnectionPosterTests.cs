using System.Net;
using System.Net.Sockets;
using System.Text;
using Amazon.Runtime;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>Amazon's client in front of a gateway that breaks off. What a gateway answers is tested where the gateway is.</summary>
public sealed class SdkConnectionPosterTests : IDisposable
{
    private readonly TcpListener _gateway = new(IPAddress.Loopback, 0);
    private readonly SdkConnectionPoster _poster;

    public SdkConnectionPosterTests()
    {
        _gateway.Start();
        _poster = new SdkConnectionPoster(endpoint => SdkConnectionPoster.CreateClient(
            new BasicAWSCredentials("AKIDEXAMPLE", "secret"), "eu-central-1", endpoint, new FanOutOptions { PostTimeout = TimeSpan.FromSeconds(30) }));
    }

    public void Dispose()
    {
        _poster.Dispose();
        _gateway.Dispose();
    }

    [Theory(Timeout = 60_000)]
    // Not after a status of 200: then the gateway has taken the message.
    [InlineData("", true)]
    [InlineData("", false)]
    [InlineData("HTTP/1.1 200", false)]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nhalf", true)]
    [InlineData("HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nhalf", false)]
    [InlineData("what is this\r\n\r\n", false)]
    public async Task A_socket_that_is_cut_is_an_outcome(string answer, bool byReset)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var cutting = CutAsync(answer, byReset, ending.Token);

        var delivery = await _poster.PostAsync(Connection, new RenderedMessage("m1", "hello"), cancellation);

        await ending.CancelAsync();
        await cutting.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        Assert.Equal(DeliveryOutcome.Failed, delivery.Outcome);
        Assert.False(string.IsNullOrEmpty(delivery.Reason));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_refused_connection_is_an_outcome()
    {
        _gateway.Stop();

        Assert.Equal(DeliveryOutcome.Failed, (await _poster.CloseAsync(Connection, TestContext.Current.CancellationToken)).Outcome);
    }

    [Fact(Timeout = 60_000)]
    public async Task Abandoning_ends_a_post_and_is_no_outcome()
    {
        using var abandoning = new CancellationTokenSource();
        var posting = _poster.PostAsync(Connection, new RenderedMessage("m1", "hello"), abandoning.Token).AsTask();
        using var socket = await _gateway.AcceptSocketAsync(TestContext.Current.CancellationToken);

        await abandoning.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => posting);
    }

    private Connection Connection => new("Qv7kLd3mIAMCJw8=", new CallbackEndpoint($"http://{_gateway.LocalEndpoint}/prod"), DateTimeOffset.UnixEpoch);

    /// <summary>Takes a request, begins an answer, and is gone; again and again, because .NET tries some by itself once more.</summary>
    private async Task CutAsync(string answer, bool byReset, CancellationToken ending)
    {
        while (true)
        {
            using var socket = await _gateway.AcceptSocketAsync(ending);
            await socket.ReceiveAsync(new byte[4096], ending);
            await socket.SendAsync(Encoding.ASCII.GetBytes(answer), ending);
            if (byReset) socket.LingerState = new LingerOption(enable: true, seconds: 0);
            else socket.Shutdown(SocketShutdown.Send);
        }
    }
}
