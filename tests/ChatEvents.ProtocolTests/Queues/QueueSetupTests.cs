using System.Text.Json;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Queues;

namespace ChatEvents.ProtocolTests.Queues;

public sealed class QueueSetupTests(EmulatorsFixture emulators)
{
    [Theory(Timeout = 60_000)]
    [InlineData("connections", "connections-dead-letters")]
    [InlineData("messages.fifo", "messages-dead-letters.fifo")]
    public async Task A_queue_is_made_with_its_dead_letters_once_however_often_it_is_asked_for(string name, string deadLettersName)
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var sqs = emulators.CreateSqs();
        var (queue, deadLetters) = (EmulatorsFixture.Unique(name), EmulatorsFixture.Unique(deadLettersName));

        var url = await QueueSetup.EnsureQueueAsync(sqs, queue, deadLetters, 5, cancellation);
        var again = await QueueSetup.EnsureQueueAsync(sqs, queue, deadLetters, 5, cancellation);

        Assert.Equal(url, again);
        var deadLettersUrl = (await sqs.GetQueueUrlAsync(deadLetters, cancellation)).QueueUrl;
        var ofDeadLetters = (await sqs.GetQueueAttributesAsync(deadLettersUrl, ["All"], cancellation)).Attributes;
        Assert.Equal($"{14 * 24 * 60 * 60}", ofDeadLetters["MessageRetentionPeriod"]);
        Assert.Equal((ofDeadLetters["QueueArn"], 5), await RedrivePolicyAsync(url));

        async Task<(string?, int)> RedrivePolicyAsync(string of)
        {
            var policy = (await sqs.GetQueueAttributesAsync(of, ["RedrivePolicy"], cancellation)).Attributes["RedrivePolicy"];
            var json = JsonDocument.Parse(policy).RootElement;
            return (json.GetProperty("deadLetterTargetArn").GetString(), json.GetProperty("maxReceiveCount").GetInt32());
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task An_attribute_that_differs_is_set()
    {
        var cancellation = TestContext.Current.CancellationToken;
        using var sqs = emulators.CreateSqs();
        var (queue, deadLetters) = (EmulatorsFixture.Unique("connections"), EmulatorsFixture.Unique("connections-dead-letters"));
        await QueueSetup.EnsureQueueAsync(sqs, queue, deadLetters, 5, cancellation);

        var url = await QueueSetup.EnsureQueueAsync(sqs, queue, deadLetters, 7, cancellation);

        var policy = (await sqs.GetQueueAttributesAsync(url, ["RedrivePolicy"], cancellation)).Attributes["RedrivePolicy"];
        Assert.Contains("\"maxReceiveCount\":7", policy, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task Attributes_that_a_server_does_not_know_are_left_out()
    {
        using var sqs = new SqsWithoutEncryption(emulators.SqsUrl);
        var (queue, deadLetters) = (EmulatorsFixture.Unique("plain"), EmulatorsFixture.Unique("plain-dead-letters"));

        var url = await QueueSetup.EnsureQueueAsync(sqs, queue, deadLetters, 5, TestContext.Current.CancellationToken);

        Assert.EndsWith(queue, url, StringComparison.Ordinal);
    }

    /// <summary>The real server, but without an attribute that many do not have.</summary>
    private sealed class SqsWithoutEncryption(Uri url) : AmazonSQSClient(
        EmulatorsFixture.Credentials, new AmazonSQSConfig { ServiceURL = url.ToString(), AuthenticationRegion = EmulatorsFixture.Region })
    {
        public override Task<CreateQueueResponse> CreateQueueAsync(CreateQueueRequest request, CancellationToken cancellationToken = default) =>
            request.Attributes.ContainsKey(QueueAttributeName.SqsManagedSseEnabled)
                ? throw new InvalidAttributeNameException("Unknown Attribute SqsManagedSseEnabled.") { ErrorCode = "InvalidAttributeName" }
                : base.CreateQueueAsync(request, cancellationToken);
    }
}
