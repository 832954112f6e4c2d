using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using Microsoft.AspNetCore.Http;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>Tests of the poster in front of a gateway over TLS, the same over either version of HTTP.</summary>
public abstract class PostsOverHttp(HttpChoice http) : IAsyncLifetime
{
    private protected KestrelGateway Gateway { get; private set; } = null!;

    private protected PosterUnderTest Poster { get; private set; } = null!;

    private protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Gateway = await KestrelGateway.StartAsync();
        Poster = await StartPosterAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Poster.DisposeAsync();
        await Gateway.DisposeAsync();
    }

    private protected Task<PosterUnderTest> StartPosterAsync(Action<SocketsHttpHandler>? configure = null) =>
        PosterUnderTest.StartAsync(http, Gateway.Trust, configure);

    private protected Task<Delivery> PostAsync(CancellationToken cancellation, string text = "hello") =>
        Poster.PostAsync(Gateway.Endpoint, cancellation, text);

    private protected async Task AssertThatPostsGoOnAsync(CancellationToken cancellation)
    {
        Gateway.OnRequest = Answer(200);
        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync(cancellation));
    }

    private protected static RequestDelegate Answer(int status, params (string Name, string Value)[] headers) => context =>
    {
        context.Response.StatusCode = status;
        foreach (var (name, value) in headers) context.Response.Headers[name] = value;
        return Task.CompletedTask;
    };

    /// <summary>Sends the head of an answer, and less of its body than the head says.</summary>
    private protected static async Task BeginBodyAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        context.Response.ContentLength = 100;
        await context.Response.WriteAsync("half", Cancellation);
    }

    /// <summary>A request that is not answered until the other side has given it up.</summary>
    private protected sealed class Hanging
    {
        private readonly TaskCompletionSource _reached = new();
        private readonly TaskCompletionSource _aborted = new();

        public Task Reached => _reached.Task;

        public Task Aborted => _aborted.Task;

        public async Task HangAsync(HttpContext context)
        {
            context.RequestAborted.Register(() => _aborted.TrySetResult());
            _reached.TrySetResult();
            await _aborted.Task.WaitAsync(Cancellation);
        }
    }
}
