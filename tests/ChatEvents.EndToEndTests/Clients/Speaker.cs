using Amazon.SQS;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.EndToEndTests.Clients;

/// <summary>A server that speaks in rooms, by their queue.</summary>
public sealed class Speaker(IAmazonSQS sqs)
{
    private readonly RouteEventPublisher _publisher = new(sqs, new RouteEventQueues());
    private int _posted;

    /// <summary>Says this many messages, one after the other, each when its time has come.</summary>
    /// <returns>Their texts.</returns>
    public async Task<IReadOnlyList<string>> SayAsync(string room, int count, TimeSpan every)
    {
        var said = new List<string>();
        var begunAt = TimeProvider.System.GetTimestamp();
        for (var i = 1; i <= count; i++)
        {
            var text = $"{room} {Interlocked.Increment(ref _posted)}";
            await _publisher.PublishAsync(
                new MessagePosted
                {
                    MessageId = text.Replace(' ', '-'),
                    ConnectionId = "server=",
                    Server = "scenario",
                    Room = room,
                    Message = text,
                    PostedAt = TimeProvider.System.GetUtcNow(),
                },
                TestContext.Current.CancellationToken);
            said.Add(text);
            var early = (every * i) - TimeProvider.System.GetElapsedTime(begunAt);
            if (early > TimeSpan.Zero) await Task.Delay(early, TimeProvider.System, TestContext.Current.CancellationToken);
        }

        return said;
    }
}
