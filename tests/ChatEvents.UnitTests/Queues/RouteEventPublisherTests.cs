using System.Diagnostics;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Queues;

public sealed class RouteEventPublisherTests : IDisposable
{
    private readonly RecordingSqs _sqs = new();
    private readonly FakeTime _time = new();
    private readonly RouteEventQueues _queues = new();

    private RouteEventPublisher Publisher => new(_sqs, _queues, _time, () => PumpUnderTest.NoJitter);

    public void Dispose() => _sqs.Dispose();

    [Fact(Timeout = 30_000)]
    public async Task A_connection_event_travels_as_its_own_json_with_its_type_beside_it()
    {
        await Publisher.PublishAsync(Closed("Qv7kLd3mIAMCJw8="), TestContext.Current.CancellationToken);

        var sent = Assert.Single(_sqs.Sends.All);
        Assert.EndsWith("/connections", sent.QueueUrl, StringComparison.Ordinal);
        Assert.Equal(RouteEventJson.Write(Closed("Qv7kLd3mIAMCJw8=")), sent.MessageBody);
        Assert.Equal("urn:message:ChatEvents.Contracts:ConnectionClosed", sent.MessageAttributes["MT-MessageType"].StringValue);
        Assert.Null(sent.MessageGroupId);
        Assert.Null(sent.MessageSystemAttributes); // without a trace of X-Ray
    }

    [Fact(Timeout = 30_000)]
    public async Task A_chat_message_is_ordered_by_its_room_and_deduplicated_by_its_id()
    {
        await Publisher.PublishAsync(Posted("m1", "blue"), TestContext.Current.CancellationToken);

        var sent = Assert.Single(_sqs.Sends.All);
        Assert.EndsWith("/messages.fifo", sent.QueueUrl, StringComparison.Ordinal);
        Assert.Equal(("blue", "m1"), (sent.MessageGroupId, sent.MessageDeduplicationId));
    }

    [Fact(Timeout = 30_000)]
    public async Task The_current_trace_goes_along()
    {
        using var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start();

        await Publisher.PublishAsync(Closed("a"), TestContext.Current.CancellationToken);

        Assert.Equal(activity.Id, Assert.Single(_sqs.Sends.All).MessageAttributes["traceparent"].StringValue);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_x_ray_trace_goes_along_in_both_forms()
    {
        const string header = "Root=1-69204b11-0123456789abcdef01234567;Parent=53995c3f42cd8ad8;Sampled=1";

        await Publisher.PublishAsync(Closed("a"), TraceContext.FromXRay(header), TestContext.Current.CancellationToken);

        var sent = Assert.Single(_sqs.Sends.All);
        Assert.Equal("00-69204b110123456789abcdef01234567-53995c3f42cd8ad8-01", sent.MessageAttributes["traceparent"].StringValue);
        Assert.Equal(header, sent.MessageSystemAttributes["AWSTraceHeader"].StringValue);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("Root=1-69204b11-0123456789abcdef01234567")]
    [InlineData("Root=1-xyz;Parent=53995c3f42cd8ad8;Sampled=1")]
    public void An_x_ray_header_of_another_form_is_no_trace(string? header) => Assert.Equal(default, TraceContext.FromXRay(header));

    [Fact(Timeout = 30_000)]
    public async Task The_url_of_a_queue_is_looked_up_once_and_a_failed_look_up_is_not_remembered()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var isDown = true;
        _sqs.OnUrlLookUp = _ => isDown ? throw new HttpRequestException("Connection refused.") : Task.CompletedTask;
        var publisher = Publisher;
        await Assert.ThrowsAsync<HttpRequestException>(() => publisher.PublishAsync(Closed("a"), cancellation));

        isDown = false;
        await publisher.PublishAsync(Closed("a"), cancellation);
        await publisher.PublishAsync(Closed("b"), cancellation);

        Assert.Equal(2, _sqs.UrlLookUps.All.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_queue_given_by_its_url_is_not_looked_up()
    {
        _queues.Connections = "https://sqs.eu-central-1.amazonaws.com/111122223333/connections";

        await Publisher.PublishAsync(Closed("a"), TestContext.Current.CancellationToken);

        Assert.Equal(_queues.Connections, Assert.Single(_sqs.Sends.All).QueueUrl);
        Assert.Empty(_sqs.UrlLookUps.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task Many_events_go_out_in_tens()
    {
        await Publisher.PublishAsync([.. Enumerable.Range(0, 23).Select(i => Closed($"c{i}"))], TestContext.Current.CancellationToken);

        Assert.Equal([10, 10, 3], _sqs.BatchSends.All.Select(batch => batch.Entries.Count));
        Assert.All(_sqs.BatchSends.All, batch => Assert.Equal(batch.Entries.Count, batch.Entries.Select(entry => entry.Id).Distinct().Count()));
    }

    [Theory(Timeout = 30_000)]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    public async Task A_batch_is_filled_to_the_last_byte(int tooMany, int batches)
    {
        var empty = new OutgoingMessage(Posted("1", "blue", ""), default).Bytes + new OutgoingMessage(Posted("2", "red"), default).Bytes;
        var filling = new string('x', (1024 * 1024) - empty + tooMany);

        await Publisher.PublishAsync([Posted("1", "blue", filling), Posted("2", "red")], TestContext.Current.CancellationToken);

        Assert.Equal(batches, _sqs.BatchSends.All.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_batch_stays_below_the_size_that_sqs_takes()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var large = new string('x', 400_000);

        await Publisher.PublishAsync([.. Enumerable.Range(0, 5).Select(i => Posted($"m{i}", $"room{i}", large))], cancellation);

        Assert.Equal([2, 2, 1], _sqs.BatchSends.All.Select(batch => batch.Entries.Count));
    }

    [Fact(Timeout = 30_000)]
    public async Task Two_messages_of_a_room_never_share_a_batch_so_that_a_retry_cannot_reorder_them()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Publisher.PublishAsync([Posted("1", "blue"), Posted("2", "red"), Posted("3", "blue"), Posted("4", "red")], cancellation);

        Assert.Equal(
            [["1", "2"], ["3", "4"]],
            _sqs.BatchSends.All.Select(batch => batch.Entries.Select(entry => entry.MessageDeduplicationId).ToArray()));
    }

    [Fact(Timeout = 30_000)]
    public async Task An_entry_that_failed_for_sqs_is_tried_again_alone_after_a_pause()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _sqs.OnBatchSend = batch => Task.FromResult<List<BatchResultErrorEntry>>(
            batch.Entries.Count == 3 ? [new() { Id = "1", Code = "InternalError", Message = "Later.", SenderFault = false }] : []);

        var published = Publisher.PublishAsync([Closed("a"), Closed("b"), Closed("c")], cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(100), cancellation);
        await published;

        Assert.Contains("\"b\"", Assert.Single(_sqs.BatchSends.All[1].Entries).MessageBody, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_entry_that_sqs_refuses_is_named_in_the_exception()
    {
        _sqs.OnBatchSend = _ => Task.FromResult<List<BatchResultErrorEntry>>(
            [new() { Id = "1", Code = "InvalidMessageContents", Message = "Invalid binary character.", SenderFault = true }]);

        var refused = await Assert.ThrowsAsync<PublishException>(
            () => Publisher.PublishAsync([Closed("a"), Closed("b"), Closed("c")], TestContext.Current.CancellationToken));

        Assert.Equal(Closed("b"), Assert.Single(refused.Unpublished));
        Assert.Equal(
            "Queue connections refused 1 of 3 route events: ConnectionClosed of b: InvalidMessageContents (Invalid binary character.)",
            refused.Message);
    }

    [Fact(Timeout = 30_000)]
    public async Task All_entries_that_sqs_refuses_are_named_in_one_sentence()
    {
        _sqs.OnBatchSend = _ => Task.FromResult<List<BatchResultErrorEntry>>(
            [.. Enumerable.Range(0, 2).Select(id => new BatchResultErrorEntry { Id = $"{id}", Code = "Code", Message = "No.", SenderFault = true })]);

        var refused = await Assert.ThrowsAsync<PublishException>(
            () => Publisher.PublishAsync([Closed("a"), Closed("b")], TestContext.Current.CancellationToken));

        Assert.EndsWith(": ConnectionClosed of a: Code (No.); ConnectionClosed of b: Code (No.)", refused.Message, StringComparison.Ordinal);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_entry_that_goes_on_failing_is_given_up_after_four_attempts()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _sqs.OnBatchSend = batch => Task.FromResult<List<BatchResultErrorEntry>>(
            [new() { Id = "0", Code = "InternalError", Message = "Later.", SenderFault = false }]);

        var published = Publisher.PublishAsync([Closed("a")], cancellation);
        foreach (var pause in (int[])[100, 200, 400]) await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(pause), cancellation);

        await Assert.ThrowsAsync<PublishException>(() => published);
        Assert.Equal(4, _sqs.BatchSends.All.Count);
    }

    private static ConnectionClosed Closed(string connectionId) => new()
    {
        ConnectionId = connectionId,
        ClosedAt = DateTimeOffset.UnixEpoch,
        Because = ClosedBecause.Disconnected,
    };

    private static MessagePosted Posted(string messageId, string room, string text = "Hello") => new()
    {
        MessageId = messageId,
        ConnectionId = "Qv7kLd3mIAMCJw8=",
        Room = room,
        Message = text,
        PostedAt = DateTimeOffset.UnixEpoch,
    };
}
