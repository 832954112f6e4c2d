using System.Text;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.ProtocolTests.Sdk;

/// <summary>
/// Amazon's SQS client and a server that others wrote understand each other in all that we do with both. The server's digests are the
/// client's, or it would throw.
/// </summary>
public sealed class SqsClientTests : IAsyncLifetime
{
    private readonly IAmazonSQS _sqs;
    private string _queue = "";

    public SqsClientTests(EmulatorsFixture emulators) => _sqs = emulators.CreateSqs();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _queue = await CreateQueueAsync(EmulatorsFixture.Unique("client"), []);

    public async ValueTask DisposeAsync()
    {
        await _sqs.DeleteQueueAsync(_queue, CancellationToken.None);
        _sqs.Dispose();
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_arrives_with_its_attributes_and_matching_digests()
    {
        // Nothing beyond U+FFFF: AWS takes it, fauxqs 1.9.2 calls it invalid. Our own events are ASCII, since their JSON escapes the rest.
        await _sqs.SendMessageAsync(
            new SendMessageRequest(_queue, "Grüße, 世界")
            {
                MessageAttributes = new()
                {
                    ["kind"] = new() { DataType = "String", StringValue = "fan-out" },
                    ["count"] = new() { DataType = "Number", StringValue = "3" },
                    ["blob"] = new() { DataType = "Binary", BinaryValue = new MemoryStream(Encoding.UTF8.GetBytes("bytes")) },
                },
            },
            TestContext.Current.CancellationToken);

        var message = await ReceiveOneAsync();

        Assert.Equal("Grüße, 世界", message.Body);
        Assert.Equal("1", message.Attributes["ApproximateReceiveCount"]);
        Assert.Equal("fan-out", message.MessageAttributes["kind"].StringValue);
        Assert.Equal(("Number", "3"), (message.MessageAttributes["count"].DataType, message.MessageAttributes["count"].StringValue));
        Assert.Equal("bytes", Encoding.UTF8.GetString(message.MessageAttributes["blob"].BinaryValue.ToArray()));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_batch_is_sent_received_and_deleted()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var sent = await _sqs.SendMessageBatchAsync(
            _queue, [.. Enumerable.Range(0, 10).Select(i => new SendMessageBatchRequestEntry($"m{i}", $"body {i}"))], cancellation);
        Assert.Equal(10, sent.Successful.Count);

        var received = await ReceiveAsync(count: 10);
        var deleted = await _sqs.DeleteMessageBatchAsync(
            _queue,
            [.. received.Select((message, i) => new DeleteMessageBatchRequestEntry($"m{i}", message.ReceiptHandle))],
            cancellation);

        Assert.Equal(10, deleted.Successful.Count);
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"body {i}"), received.Select(message => message.Body).Order());
        Assert.Equal("0", await CountOf(QueueAttributeName.ApproximateNumberOfMessagesNotVisible));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_whose_visibility_is_ended_comes_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _sqs.SendMessageAsync(_queue, "again", cancellation);
        var first = await ReceiveOneAsync();

        await _sqs.ChangeMessageVisibilityAsync(_queue, first.ReceiptHandle, 0, cancellation);
        var second = await ReceiveOneAsync();

        Assert.Equal(first.MessageId, second.MessageId);
        Assert.Equal("2", second.Attributes["ApproximateReceiveCount"]);
    }

    [Fact(Timeout = 60_000)]
    public async Task Visibility_is_changed_in_batches_with_a_result_for_each()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await _sqs.SendMessageAsync(_queue, "mine", cancellation);
        var message = await ReceiveOneAsync();

        var changed = await _sqs.ChangeMessageVisibilityBatchAsync(
            _queue,
            [
                new ChangeMessageVisibilityBatchRequestEntry("good", message.ReceiptHandle) { VisibilityTimeout = 60 },
                new ChangeMessageVisibilityBatchRequestEntry("bad", "no handle of this queue") { VisibilityTimeout = 60 },
            ],
            cancellation);

        Assert.Equal("good", Assert.Single(changed.Successful).Id);
        Assert.Equal("bad", Assert.Single(changed.Failed).Id);
    }

    [Fact(Timeout = 60_000)]
    public async Task An_empty_queue_gives_no_list()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var received = await _sqs.ReceiveMessageAsync(new ReceiveMessageRequest(_queue) { WaitTimeSeconds = 0 }, cancellation);

        Assert.Null(received.Messages);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_queue_is_found_by_name_and_keeps_the_attributes_it_is_given()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var name = EmulatorsFixture.Unique("attributes");
        var url = await CreateQueueAsync(name, new() { ["VisibilityTimeout"] = "45" });

        await _sqs.SetQueueAttributesAsync(url, new() { ["MessageRetentionPeriod"] = "3600" }, cancellation);
        var attributes = await _sqs.GetQueueAttributesAsync(url, ["VisibilityTimeout", "MessageRetentionPeriod"], cancellation);

        Assert.Equal(url, (await _sqs.GetQueueUrlAsync(name, cancellation)).QueueUrl);
        Assert.Equal(("45", "3600"), (attributes.Attributes["VisibilityTimeout"], attributes.Attributes["MessageRetentionPeriod"]));
        await _sqs.DeleteQueueAsync(url, cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_fifo_queue_numbers_its_messages_and_drops_a_duplicate()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var queue = await CreateQueueAsync(EmulatorsFixture.Unique("client.fifo"), new() { ["FifoQueue"] = "true" });
        var request = new SendMessageRequest(queue, "once") { MessageGroupId = "everyone", MessageDeduplicationId = "d1" };

        var first = await _sqs.SendMessageAsync(request, cancellation);
        await _sqs.SendMessageAsync(request, cancellation);

        Assert.NotEmpty(first.SequenceNumber);
        Assert.Equal("1", await CountOf(QueueAttributeName.ApproximateNumberOfMessages, queue));
        await _sqs.DeleteQueueAsync(queue, cancellation);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_queue_that_is_not_there_is_its_own_error()
    {
        var missing = await Assert.ThrowsAsync<QueueDoesNotExistException>(
            () => _sqs.GetQueueUrlAsync(EmulatorsFixture.Unique("missing"), TestContext.Current.CancellationToken));

        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue", missing.ErrorCode);
    }

    [Fact(Timeout = 60_000)]
    public async Task Two_entries_with_one_id_are_refused_as_a_whole()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Assert.ThrowsAsync<BatchEntryIdsNotDistinctException>(() => _sqs.SendMessageBatchAsync(
            _queue, [new SendMessageBatchRequestEntry("same", "a"), new SendMessageBatchRequestEntry("same", "b")], cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_long_poll_ends_when_it_is_cancelled()
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var polling = _sqs.ReceiveMessageAsync(new ReceiveMessageRequest(_queue) { WaitTimeSeconds = 20 }, stopping.Token);

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => polling);
    }

    private async Task<string> CreateQueueAsync(string name, Dictionary<string, string> attributes) =>
        (await _sqs.CreateQueueAsync(new CreateQueueRequest(name) { Attributes = attributes }, Cancellation)).QueueUrl;

    private async Task<Message> ReceiveOneAsync() => Assert.Single(await ReceiveAsync(count: 1));

    /// <summary>Receives until that many are in hand: SQS may hand out fewer than are asked for.</summary>
    private async Task<List<Message>> ReceiveAsync(int count)
    {
        List<Message> messages = [];
        while (messages.Count < count)
        {
            var received = await _sqs.ReceiveMessageAsync(
                new ReceiveMessageRequest(_queue)
                {
                    MaxNumberOfMessages = count - messages.Count,
                    WaitTimeSeconds = 20,
                    MessageSystemAttributeNames = ["All"],
                    MessageAttributeNames = ["All"],
                },
                Cancellation);
            messages.AddRange(received.Messages ?? []);
        }

        return messages;
    }

    private async Task<string> CountOf(QueueAttributeName attribute, string? queue = null) =>
        (await _sqs.GetQueueAttributesAsync(queue ?? _queue, [attribute.Value], Cancellation)).Attributes[attribute.Value];
}
