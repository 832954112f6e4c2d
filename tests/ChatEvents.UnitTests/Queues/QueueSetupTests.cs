using System.Net;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Queues;

namespace ChatEvents.UnitTests.Queues;

/// <summary>What queues are created with, and what happens where a server takes only a part of it. ProtocolTests have the real answers.</summary>
public sealed class QueueSetupTests : IDisposable
{
    private const string RedrivePolicy = """{"deadLetterTargetArn":"arn:dead","maxReceiveCount":7}""";

    private readonly CreatingSqs _sqs = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _sqs.Dispose();

    [Fact]
    public async Task A_standard_queue_is_created_behind_its_dead_letters()
    {
        Assert.Equal("http://sqs/work", await QueueSetup.EnsureQueueAsync(_sqs, "work", "dead", 7, Cancellation));

        Assert.Equal(
            ["dead: MessageRetentionPeriod=1209600, SqsManagedSseEnabled=true", $"work: RedrivePolicy={RedrivePolicy}, SqsManagedSseEnabled=true"],
            _sqs.Created);
        Assert.Equal(["http://sqs/dead"], _sqs.Asked);
        Assert.Empty(_sqs.Set);
    }

    [Fact]
    public async Task A_FIFO_queue_counts_its_limits_and_duplicates_by_room()
    {
        await QueueSetup.EnsureQueueAsync(_sqs, "work.fifo", "dead.fifo", 7, Cancellation);

        const string Fifo = "ContentBasedDeduplication=false, DeduplicationScope=messageGroup, FifoQueue=true, FifoThroughputLimit=perMessageGroupId";
        Assert.Equal(
            [$"dead.fifo: {Fifo}, MessageRetentionPeriod=1209600, SqsManagedSseEnabled=true", $"work.fifo: {Fifo}, RedrivePolicy={RedrivePolicy}, SqsManagedSseEnabled=true"],
            _sqs.Created);
    }

    [Theory]
    [InlineData("InvalidAttributeName")]
    [InlineData("InvalidAttributeValue")]
    [InlineData("InvalidParameterValue")]
    [InlineData("AWS.SimpleQueueService.UnsupportedOperation")]
    public async Task Where_a_server_does_not_know_what_is_only_wished_a_queue_has_what_it_needs(string code)
    {
        _sqs.OnCreate = request => request.Attributes.ContainsKey("SqsManagedSseEnabled") ? code : null;

        await QueueSetup.EnsureQueueAsync(_sqs, "work.fifo", "dead", 7, Cancellation);

        Assert.Equal("dead: MessageRetentionPeriod=1209600", _sqs.Created[1]);
        Assert.Equal($"work.fifo: ContentBasedDeduplication=false, FifoQueue=true, RedrivePolicy={RedrivePolicy}", _sqs.Created[3]);
    }

    [Theory]
    [InlineData("QueueNameExists")]
    [InlineData("AWS.SimpleQueueService.QueueAlreadyExists")]
    public async Task A_queue_that_has_other_numbers_gets_those_that_may_have_changed(string code)
    {
        _sqs.OnCreate = request => request.QueueName == "work" ? code : null;

        Assert.Equal("http://sqs/work", await QueueSetup.EnsureQueueAsync(_sqs, "work", "dead", 7, Cancellation));

        Assert.Equal([$"http://sqs/work: RedrivePolicy={RedrivePolicy}"], _sqs.Set);
    }

    [Fact]
    public async Task Any_other_refusal_is_the_callers()
    {
        _sqs.OnCreate = _ => "AccessDenied";

        Assert.Equal("AccessDenied", (await Assert.ThrowsAsync<AmazonSQSException>(() => QueueSetup.EnsureQueueAsync(_sqs, "work", "dead", 7, Cancellation))).ErrorCode);
    }

    [Fact]
    public async Task All_queues_of_the_chat_are_created_under_their_names()
    {
        await QueueSetup.EnsureQueuesAsync(_sqs, new RouteEventQueues { Connections = "mine" }, Cancellation);

        Assert.Equal(
            ChatQueue.All.SelectMany(queue => (string[])[queue.DeadLetters, queue == ChatQueue.Connections ? "mine" : queue.Name]),
            _sqs.Created.Select(created => created.Split(':')[0]));
        Assert.Contains($"\"maxReceiveCount\":{MaxReceives.OfLate}", _sqs.Created[^1], StringComparison.Ordinal);
    }

    /// <summary>SQS that remembers what is created.</summary>
    private sealed class CreatingSqs() : AmazonSQSClient(
        new BasicAWSCredentials("recording", "recording"), new AmazonSQSConfig { ServiceURL = "http://recording.invalid" })
    {
        /// <summary>The error code of a refusal; null to create the queue.</summary>
        public Func<CreateQueueRequest, string?> OnCreate { get; set; } = _ => null;

        public List<string> Created { get; } = [];

        public List<string> Asked { get; } = [];

        public List<string> Set { get; } = [];

        public override Task<CreateQueueResponse> CreateQueueAsync(CreateQueueRequest request, CancellationToken cancellationToken = default)
        {
            Created.Add($"{request.QueueName}: {Text(request.Attributes)}");
            return OnCreate(request) is { } code
                ? throw new AmazonSQSException(code, null, ErrorType.Sender, code, "request", HttpStatusCode.BadRequest)
                : Task.FromResult(new CreateQueueResponse { QueueUrl = $"http://sqs/{request.QueueName}" });
        }

        public override Task<GetQueueUrlResponse> GetQueueUrlAsync(GetQueueUrlRequest request, CancellationToken cancellationToken = default) =>
            Task.FromResult(new GetQueueUrlResponse { QueueUrl = $"http://sqs/{request.QueueName}" });

        public override Task<GetQueueAttributesResponse> GetQueueAttributesAsync(
            GetQueueAttributesRequest request, CancellationToken cancellationToken = default)
        {
            Assert.Equal(["QueueArn"], request.AttributeNames);
            Asked.Add(request.QueueUrl);
            return Task.FromResult(new GetQueueAttributesResponse { Attributes = new() { ["QueueArn"] = "arn:dead" } });
        }

        public override Task<SetQueueAttributesResponse> SetQueueAttributesAsync(
            SetQueueAttributesRequest request, CancellationToken cancellationToken = default)
        {
            Set.Add($"{request.QueueUrl}: {Text(request.Attributes)}");
            return Task.FromResult(new SetQueueAttributesResponse());
        }

        private static string Text(Dictionary<string, string> attributes) =>
            string.Join(", ", attributes.OrderBy(each => each.Key, StringComparer.Ordinal).Select(each => $"{each.Key}={each.Value}"));
    }
}
