using System.Collections.Concurrent;
using Amazon.SQS.Model;
using ChatEvents.Queues;
using ChatEvents.Testing;
using static ChatEvents.ProtocolTests.Queues.QueuesUnderTest;

namespace ChatEvents.ProtocolTests.Queues;

public sealed class QueuePumpTests(EmulatorsFixture emulators)
{
    [Fact(Timeout = 60_000)]
    public async Task Two_pumps_consume_five_hundred_messages_each_once()
    {
        await using var queues = await CreateStandardAsync(emulators);
        var ids = Enumerable.Range(0, 500).Select(i => $"c{i:000}").ToList();
        queues.StartPump();
        queues.StartPump();

        await queues.Publisher.PublishAsync([.. ids.Select(Closed)], TestContext.Current.CancellationToken);

        await queues.SeeHandledAsync(ids.Count);
        await queues.SeeEmptyAsync();
        Assert.Equal(ids, queues.Handled.Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task Each_room_is_handled_in_the_order_of_its_messages_by_whichever_pump()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var queues = await CreateFifoAsync(emulators);
        string[] rooms = ["blue", "red", "green"];
        queues.StartPump();
        queues.StartPump();

        for (var i = 0; i < 20; i++)
        {
            await queues.Publisher.PublishAsync([.. rooms.Select(room => Posted(room, $"{room} {i:00}"))], cancellation);
        }

        await queues.SeeHandledAsync(60);
        foreach (var room in rooms)
        {
            Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{room} {i:00}"), queues.Handled.Where(text => text.StartsWith(room, StringComparison.Ordinal)));
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task A_room_waits_for_its_message_in_hand_while_others_go_on()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var queues = await CreateFifoAsync(emulators);
        var first = new TaskCompletionSource();
        queues.StartPump((message, _, _) => TextOf(message) == "blue 1" ? first.Task : Task.CompletedTask);

        await queues.Publisher.PublishAsync([Posted("blue", "blue 1"), Posted("blue", "blue 2"), Posted("red", "red 1")], cancellation);
        await queues.SeeHandledAsync(1);
        Assert.Equal(["red 1"], queues.Handled);
        first.SetResult();

        await queues.SeeHandledAsync(3);
        Assert.Equal(["red 1", "blue 1", "blue 2"], queues.Handled);
    }

    [Fact(Timeout = 60_000)]
    public async Task Garbage_becomes_a_dead_letter_and_the_next_message_of_its_room_waits_for_no_timeout()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var queues = await CreateFifoAsync(emulators);
        (queues.Options.VisibilityTimeout, queues.Options.ReturnDelay) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(1)); // longer than a test's patience
        queues.StartPump((message, _, _) =>
            message.Body.AsSpan().SequenceEqual("garbage"u8) ? throw new UnreadableMessageException("No JSON.") : Task.CompletedTask);
        await queues.Publisher.PublishAsync(Posted("blue", "warm-up"), cancellation);
        await queues.SeeHandledAsync(1);

        var url = (await queues.Sqs.GetQueueUrlAsync(queues.Queue, cancellation)).QueueUrl;
        await queues.Sqs.SendMessageAsync(
            new SendMessageRequest(url, "garbage") { MessageGroupId = "blue", MessageDeduplicationId = "garbage" }, cancellation);
        await queues.Publisher.PublishAsync(Posted("blue", "next"), cancellation);

        await queues.SeeHandledAsync(2);
        Assert.Equal("garbage", await queues.SeeDeadLetterAsync());
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_that_always_fails_is_tried_five_times_and_then_is_a_dead_letter()
    {
        await using var queues = await CreateStandardAsync(emulators);
        var tries = new ConcurrentQueue<int>();
        queues.StartPump((message, _, _) =>
        {
            if (TextOf(message) != "bad") return Task.CompletedTask;
            tries.Enqueue(message.ReceiveCount);
            throw new InvalidOperationException("Always.");
        });

        await queues.Publisher.PublishAsync([Closed("bad"), Closed("good")], TestContext.Current.CancellationToken);

        Assert.Contains("\"bad\"", await queues.SeeDeadLetterAsync(), StringComparison.Ordinal);
        Assert.Equal([1, 2, 3, 4, 5], tries);
        Assert.Equal(["good"], queues.Handled);
    }

    [Fact(Timeout = 60_000)]
    public async Task Pumps_that_let_go_and_others_that_start_lose_nothing()
    {
        await using var queues = await CreateStandardAsync(emulators);
        queues.Options.MaxInHand = 16;
        var ids = Enumerable.Range(0, 200).Select(i => $"c{i:000}").ToList();
        var begun = 0;
        var letGo = queues.StartPump(async (_, _, abandoned) =>
        {
            // Every third one goes on until it is told to stop.
            if (Interlocked.Increment(ref begun) % 3 == 0) await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, abandoned);
        });
        await queues.Publisher.PublishAsync([.. ids.Select(Closed)], TestContext.Current.CancellationToken);
        await queues.SeeHandledAsync(20);

        await letGo();
        queues.StartPump();

        await queues.SeeHandledAsync(ids.Count);
        await queues.SeeEmptyAsync();
        Assert.Equal(ids, queues.Handled.Distinct().Order());
    }

    [Fact(Timeout = 90_000)]
    public async Task A_message_whose_handler_takes_several_visibility_timeouts_is_not_given_to_anybody_else()
    {
        await using var queues = await CreateStandardAsync(emulators);
        queues.Options.VisibilityTimeout = TimeSpan.FromSeconds(10); // it is renewed after 7; a loaded machine may be a second or two late
        var calls = 0;
        var started = TimeProvider.System.GetTimestamp();
        queues.StartPump(Work);
        queues.StartPump(Work);

        await queues.Publisher.PublishAsync(Closed("slow"), TestContext.Current.CancellationToken);

        await queues.SeeHandledAsync(1, patience: TimeSpan.FromSeconds(60));
        await queues.SeeEmptyAsync();
        Assert.Equal(1, calls);

        Task Work(ReceivedMessage message, GroupTurn turn, CancellationToken abandoned)
        {
            Interlocked.Increment(ref calls);
            return Patiently.UntilAsync("two timeouts to pass", () => TimeProvider.System.GetElapsedTime(started).TotalSeconds > 21, abandoned);
        }
    }
}
