using System.Net;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Consumers;
using ChatEvents.FanOut.Delivering;
using MassTransit;
using MassTransit.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>The consumer in MassTransit's own harness: an event goes in, posts come out, and a failure goes back to the queue.</summary>
public sealed class MessagePostedConsumerTests : IAsyncLifetime
{
    /// <summary>Spent only by a test that fails; the harness's own few seconds are too short for a machine under load.</summary>
    private static readonly TimeSpan HarnessPatience = TimeSpan.FromSeconds(50);

    private FanOutUnderTest _fanOut = null!;
    private ServiceProvider _services = null!;

    private ITestHarness Harness => _services.GetRequiredService<ITestHarness>();

    public async ValueTask InitializeAsync()
    {
        _fanOut = await FanOutUnderTest.StartAsync(TestContext.Current.CancellationToken);
        var services = new ServiceCollection().AddMassTransitTestHarness(bus =>
        {
            bus.SetTestTimeouts(testTimeout: HarnessPatience, testInactivityTimeout: HarnessPatience);
            bus.AddConsumer<MessagePostedConsumer>();
        });
        foreach (var part in typeof(MessagePostedConsumer).GetConstructors().Single().GetParameters())
            services.AddSingleton(part.ParameterType, _fanOut.Services.GetRequiredService(part.ParameterType));
        _services = services.BuildServiceProvider(validateScopes: true);
        await Harness.Start();
    }

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        await _fanOut.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_is_posted_to_every_connection_of_its_room()
    {
        var ids = _fanOut.AddConnections(3, "blue");
        _fanOut.AddConnections(2);

        var consumed = await ConsumeAsync(TestContext.Current.CancellationToken);

        Assert.Null(consumed.Exception);
        Assert.Equal(ids, _fanOut.Gateway.Requests.Select(request => request.ConnectionId).Order());
        Assert.All(_fanOut.Gateway.Requests, request => Assert.Equal("Echo: hello", request.Body));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_is_forbidden_everywhere_is_thrown_for_the_queue_to_deliver_again()
    {
        _fanOut.AddConnections(3, "blue");
        _fanOut.Gateway.OnRequest = (_, _) => RecordingGateway.Answer(HttpStatusCode.Forbidden);

        var consumed = await ConsumeAsync(TestContext.Current.CancellationToken);

        Assert.IsType<PostingForbiddenException>(consumed.Exception);
    }

    private async Task<IReceivedMessage<MessagePosted>> ConsumeAsync(CancellationToken cancellation)
    {
        await Harness.Bus.Publish(
            new MessagePosted
            {
                MessageId = "m1",
                ConnectionId = "sender=",
                Room = "blue",
                Message = "hello",
                PostedAt = _fanOut.Time.GetUtcNow(),
            },
            cancellation);
        return await Harness.GetConsumerHarness<MessagePostedConsumer>().Consumed.SelectAsync<MessagePosted>(cancellation).First();
    }
}
