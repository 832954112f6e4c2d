using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Net;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.ProtocolTests.FanOut;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ChatEvents.ProtocolTests.Delivering;

/// <summary>What cannot be delivered, to some or to all, costs the others nothing, is told once, and is not sent again to those who have it.</summary>
public sealed class PartialFailureTests(EmulatorsFixture emulators)
{
    private static readonly (string, string)[] Impatient =
        [("FanOut:Attempts", "3"), ("FanOut:RetryDelay", "00:00:00.010"), ("FanOut:MaxRetryDelay", "00:00:00.050")];

    [Theory(Timeout = 120_000)]
    [InlineData(3)]
    [InlineData(30)]
    public async Task A_message_that_fails_at_some_or_all_connections_for_good_is_counted_and_logged_once_and_the_next_is_delivered(int failing)
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Connections = 30;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = await fanOut.AddConnectionsAsync(Connections);
        var without = ids.Take(failing).ToHashSet();
        fanOut.Sink.OnPost = (id, text) => Task.FromResult(
            text == "Echo: bad" && without.Contains(id) ? HttpStatusCode.InternalServerError : HttpStatusCode.OK);
        var logs = new RecordingLog();

        // Where nobody at all gets it, it looks like an outage, and is waited for.
        await using var worker = await fanOut.StartWorkerAsync(LoggingTo(logs), [.. Impatient, ("FanOut:MaxMessageAge", "00:00:02")]);
        using var meters = MetersOf(worker);

        await fanOut.PostAsync("m1", "bad");
        await Patiently.UntilAsync("a line about it", () => NotDelivered(logs).Count > 0, cancellation);

        // Not before: it would be too old, too.
        await fanOut.PostAsync("m2", "good");

        await Patiently.UntilAsync(
            "the next message at all connections", () => ids.All(id => fanOut.Sink.DeliveredTo(id).Contains("Echo: good")), cancellation);
        await Patiently.UntilAsync("both to be settled", async () => await fanOut.MessagesLeftAsync() == 0, cancellation);
        await Patiently.UntilAsync(
            "nothing to be late", async () => await fanOut.CountAsync(fanOut.LateQueue) == 0, cancellation);
        Assert.StartsWith($"Warning: Message m1 was not delivered to {failing} connections", Assert.Single(NotDelivered(logs)), StringComparison.Ordinal);
        Assert.Equal(failing, meters.SumOf("chatevents.message.undelivered"));
        Assert.All(ids, id => Assert.Equal(
            without.Contains(id) ? ["Echo: good"] : ["Echo: bad", "Echo: good"], fanOut.Sink.DeliveredTo(id)));
        Assert.Equal(0, await fanOut.CountAsync($"dead-{fanOut.MessagesQueue}"));
        await worker.StopAsync(cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_message_that_may_be_posted_to_nobody_keeps_its_room_waiting_for_its_receives_and_no_longer()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = await fanOut.AddConnectionsAsync(10);
        var refused = 0;
        fanOut.Sink.OnPost = (_, text) =>
        {
            if (text == "Echo: good") return Task.FromResult(HttpStatusCode.OK);
            Interlocked.Increment(ref refused);
            return Task.FromResult(HttpStatusCode.Forbidden);
        };
        await using var worker = await fanOut.StartWorkerAsync(("FanOut:Queue:ReturnDelay", "00:00:00"));

        await fanOut.PostAsync("m1", "bad");
        await fanOut.PostAsync("m2", "good");

        await Patiently.UntilAsync(
            "the next message at all connections", () => ids.All(id => fanOut.Sink.DeliveredTo(id).Count > 0), cancellation);
        Assert.All(ids, id => Assert.Equal(["Echo: good"], fanOut.Sink.DeliveredTo(id)));
        Assert.Equal(ids.Count * MaxReceives.ByDefault, refused);
        Assert.Equal(1, await fanOut.CountAsync($"dead-{fanOut.MessagesQueue}"));
        await worker.StopAsync(cancellation);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_message_whose_lease_is_lost_after_it_failed_at_some_is_not_posted_again_to_those_who_have_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const int Connections = 400;
        const int PageSize = 50;
        const int BeforeLoss = 300;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var ids = await fanOut.AddConnectionsAsync(Connections);
        var without = ids.Where((_, index) => index % 40 == 0).ToHashSet();
        var posted = 0;
        var leaseIsLost = new TaskCompletionSource();
        var first = new ConcurrentDictionary<string, bool>();
        fanOut.Sink.OnPost = async (id, _) =>
        {
            if (Interlocked.Increment(ref posted) > BeforeLoss) await leaseIsLost.Task;
            if (without.Contains(id)) return HttpStatusCode.InternalServerError;
            if (!leaseIsLost.Task.IsCompleted) first[id] = true;
            return HttpStatusCode.OK;
        };

        var logs = new RecordingLog();
        (string, string)[] settings = [.. Impatient, ("FanOut:PageSize", $"{PageSize}"), ("FanOut:Queue:VisibilityTimeout", "00:00:05")];
        await using var loser = await fanOut.StartWorkerAsync(
            builder =>
            {
                LoggingTo(logs)(builder);
                builder.Services.AddSingleton<IAmazonSQS>(_ => new ForgetfulSqs(
                    emulators, fanOut.MessagesQueue, hasForgotten: () => Volatile.Read(ref posted) > BeforeLoss));
            },
            settings);
        await fanOut.PostAsync("m1", "one");
        await Patiently.UntilAsync(
            "the lease to be lost",
            () => logs.Lines.Any(line => line.StartsWith("Warning: The lease of message", StringComparison.Ordinal)),
            cancellation);
        leaseIsLost.SetResult();
        await using var next = await fanOut.StartWorkerAsync(LoggingTo(logs), settings);

        var with = ids.Where(id => !without.Contains(id)).ToList();
        await Patiently.UntilAsync("the message at all who take it", () => with.All(id => fanOut.Sink.DeliveredTo(id).Count > 0), cancellation);
        await Patiently.UntilAsync("it to be settled", async () => await fanOut.MessagesLeftAsync() == 0, cancellation);
        var repeats = with.Count(id => fanOut.Sink.DeliveredTo(id).Count > 1);
        Assert.InRange(repeats, 0, PageSize);
        Assert.InRange(first.Count(id => fanOut.Sink.DeliveredTo(id.Key).Count == 1), BeforeLoss - PageSize - (3 * without.Count), BeforeLoss);
        await Patiently.UntilAsync("a line about who does not take it", () => NotDelivered(logs).Count > 0, cancellation);
        await Task.WhenAll(loser.StopAsync(cancellation), next.StopAsync(cancellation));
    }

    private static Action<WebApplicationBuilder> LoggingTo(RecordingLog logs) => builder => builder.Logging.ClearProviders().AddProvider(logs);

    private static List<string> NotDelivered(RecordingLog logs) =>
        [.. logs.Lines.Where(line => line.Contains("was not delivered to", StringComparison.Ordinal))];

    private static RecordingMeters MetersOf(WebApplication worker)
    {
        var factory = worker.Services.GetRequiredService<IMeterFactory>();
        return new RecordingMeters(instrument => ReferenceEquals(instrument.Meter.Scope, factory));
    }

    /// <summary>Brings one message of the queue and no more, and at some time says that its receipt has expired.</summary>
    private sealed class ForgetfulSqs(EmulatorsFixture emulators, string queue, Func<bool> hasForgotten) : AmazonSQSClient(
        EmulatorsFixture.Credentials,
        new AmazonSQSConfig { ServiceURL = emulators.SqsUrl.ToString(), AuthenticationRegion = EmulatorsFixture.Region })
    {
        private volatile bool _hasBrought;

        public override async Task<ReceiveMessageResponse> ReceiveMessageAsync(
            ReceiveMessageRequest request, CancellationToken cancellationToken = default)
        {
            if (_hasBrought || !request.QueueUrl.EndsWith(queue, StringComparison.Ordinal))
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);

            var response = await base.ReceiveMessageAsync(request, cancellationToken);
            _hasBrought |= response.Messages is { Count: > 0 };
            return response;
        }

        public override Task<ChangeMessageVisibilityBatchResponse> ChangeMessageVisibilityBatchAsync(
            ChangeMessageVisibilityBatchRequest request, CancellationToken cancellationToken = default) =>
            !hasForgotten() ? base.ChangeMessageVisibilityBatchAsync(request, cancellationToken) : Task.FromResult(new ChangeMessageVisibilityBatchResponse
            {
                Successful = [],
                Failed = [.. request.Entries.Select(entry => new BatchResultErrorEntry
                {
                    Id = entry.Id, Code = "ReceiptHandleIsInvalid", SenderFault = true,
                })],
            });
    }
}
