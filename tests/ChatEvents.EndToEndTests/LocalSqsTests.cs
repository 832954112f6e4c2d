using System.Text;
using System.Xml.Linq;
using Amazon.SQS;
using Amazon.SQS.Model;
using ChatEvents.Local.Emulators;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests;

/// <summary>The SQS of the local system, as other people's programs use it: by URLs of queues, and by the protocol of older clients.</summary>
public sealed class LocalSqsTests : IAsyncLifetime
{
    private static readonly XNamespace Sqs = "http://queue.amazonaws.com/doc/2012-11-05/";

    private readonly HttpClient _http = new();
    private SystemServers _servers = null!;
    private Uri _url = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(SystemServers.AreNamed, "The environment names another SQS.");
        _servers = await SystemServers.StartAsync(Cancellation);
        _url = new Uri(_servers.Environment["AWS_ENDPOINT_URL_SQS"]!);
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (_servers is not null) await _servers.DisposeAsync();
    }

    [Fact(Timeout = 120_000)]
    public async Task A_queue_has_the_host_by_which_its_caller_reached_the_server_and_is_the_same_by_each()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var byLocalhost = new UriBuilder(_url) { Host = "localhost" }.Uri;
        using var other = new AmazonSQSClient("x", "x", new AmazonSQSConfig { ServiceURL = byLocalhost.ToString(), AuthenticationRegion = "eu-central-1" });

        var url = (await _servers.Sqs.CreateQueueAsync("tea.fifo", cancellation)).QueueUrl;
        var otherUrl = (await other.GetQueueUrlAsync("tea.fifo", cancellation)).QueueUrl;
        await other.SendMessageAsync(
            new SendMessageRequest { QueueUrl = otherUrl, MessageBody = "hi", MessageGroupId = "g", MessageDeduplicationId = "d" }, cancellation);

        Assert.Equal($"{_url}000000000000/tea.fifo", url);
        Assert.Equal($"{byLocalhost}000000000000/tea.fifo", otherUrl);
        Assert.Equal([otherUrl], (await other.ListQueuesAsync("tea", cancellation)).QueueUrls);
        Assert.Equal("hi", Assert.Single((await _servers.Sqs.ReceiveMessageAsync(url, cancellation)).Messages).Body);
    }

    [Fact(Timeout = 240_000)]
    public async Task An_SDK_that_posts_to_the_URL_of_a_queue_gets_through()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var packages = await NodePackages.InstallAsync("Node", "the JavaScript clients", _ => { }, TimeProvider.System, cancellation);
        await using var sdk = ChildProcess.Start("node", ["aws-sdk-v2.cjs", _url.ToString()], packages.Directory);

        Assert.Equal(0, await sdk.WaitForExitAsync(cancellation));
        Assert.Equal([$"{_url}000000000000/from-v2", "received: hello"], sdk.OutputLines());
    }

    [Fact(Timeout = 120_000)]
    public async Task Messages_go_out_and_in_by_the_query_protocol()
    {
        var cancellation = TestContext.Current.CancellationToken;
        const string Body = "a <b> & \"c\"\r\ngrüße 字";
        var queue = Text(await CallAsync(
            "Action=CreateQueue&QueueName=old&Attribute.1.Name=VisibilityTimeout&Attribute.1.Value=7", cancellation), "QueueUrl");
        var sent = await CallAsync(
            $"Action=SendMessage&QueueUrl={queue}&MessageBody={Uri.EscapeDataString(Body)}"
            + "&MessageAttribute.1.Name=kind&MessageAttribute.1.Value.DataType=String&MessageAttribute.1.Value.StringValue=greeting", cancellation);

        var message = Assert.Single((await CallAsync(
            $"Action=ReceiveMessage&QueueUrl={queue}&MaxNumberOfMessages=10&WaitTimeSeconds=0&AttributeName.1=All&MessageAttributeName.1=All", cancellation))
            .Descendants(Sqs + "Message"));
        var receipt = Text(message, "ReceiptHandle");
        await CallAsync($"Action=ChangeMessageVisibility&QueueUrl={queue}&ReceiptHandle={receipt}&VisibilityTimeout=60", cancellation);
        await CallAsync($"Action=DeleteMessage&QueueUrl={queue}&ReceiptHandle={receipt}", cancellation);

        Assert.Equal($"{_url}000000000000/old", queue);
        Assert.Equal((Text(sent, "MessageId"), Text(sent, "MD5OfMessageBody")), (Text(message, "MessageId"), Text(message, "MD5OfBody")));
        Assert.Equal(Body, Text(message, "Body"));
        Assert.Equal(["1"], message.Elements(Sqs + "Attribute").Where(IsNamed("ApproximateReceiveCount")).Select(found => Text(found, "Value")));
        var attribute = Assert.Single(message.Elements(Sqs + "MessageAttribute"), element => IsNamed("kind")(element));
        Assert.Equal(("greeting", "String"), (Text(attribute, "StringValue"), Text(attribute, "DataType")));
        Assert.Empty((await CallAsync($"Action=ReceiveMessage&QueueUrl={queue}", cancellation)).Descendants(Sqs + "Message"));
    }

    [Fact(Timeout = 120_000)]
    public async Task Batches_answer_entry_by_entry_by_the_query_protocol()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var queue = Text(await CallAsync("Action=CreateQueue&QueueName=batches", cancellation), "QueueUrl");

        var sent = await CallAsync(
            $"Action=SendMessageBatch&QueueUrl={queue}&SendMessageBatchRequestEntry.1.Id=good&SendMessageBatchRequestEntry.1.MessageBody=hi"
            + "&SendMessageBatchRequestEntry.2.Id=bad&SendMessageBatchRequestEntry.2.MessageBody=%01", cancellation);
        var receipt = Text(await CallAsync($"Action=ReceiveMessage&QueueUrl={queue}", cancellation), "ReceiptHandle");
        var hidden = await CallAsync(
            $"Action=ChangeMessageVisibilityBatch&QueueUrl={queue}&ChangeMessageVisibilityBatchRequestEntry.1.Id=a"
            + $"&ChangeMessageVisibilityBatchRequestEntry.1.ReceiptHandle={receipt}&ChangeMessageVisibilityBatchRequestEntry.1.VisibilityTimeout=9"
            + "&ChangeMessageVisibilityBatchRequestEntry.2.Id=b&ChangeMessageVisibilityBatchRequestEntry.2.ReceiptHandle=none"
            + "&ChangeMessageVisibilityBatchRequestEntry.2.VisibilityTimeout=9", cancellation);
        var deleted = await CallAsync(
            $"Action=DeleteMessageBatch&QueueUrl={queue}&DeleteMessageBatchRequestEntry.1.Id=a&DeleteMessageBatchRequestEntry.1.ReceiptHandle={receipt}", cancellation);

        Assert.Equal(["good"], Ids(sent, "SendMessageBatchResultEntry"));
        Assert.Equal(["bad"], Ids(sent, "BatchResultErrorEntry"));
        Assert.Equal("InvalidMessageContents", Text(sent, "Code"));
        Assert.Equal(["a"], Ids(hidden, "ChangeMessageVisibilityBatchResultEntry"));
        Assert.Equal("ReceiptHandleIsInvalid", Text(hidden, "Code"));
        Assert.Equal(["a"], Ids(deleted, "DeleteMessageBatchResultEntry"));
    }

    [Fact(Timeout = 120_000)]
    public async Task Queues_are_found_changed_and_deleted_by_the_query_protocol()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var queue = Text(await CallAsync("Action=CreateQueue&QueueName=kept&Attribute.1.Name=DelaySeconds&Attribute.1.Value=3", cancellation), "QueueUrl");

        Assert.Equal(queue, Text(await CallAsync("Action=GetQueueUrl&QueueName=kept", cancellation), "QueueUrl"));
        Assert.Contains(queue, (await CallAsync("Action=ListQueues&QueueNamePrefix=k", cancellation)).Descendants(Sqs + "QueueUrl").Select(found => found.Value));
        await CallAsync($"Action=SetQueueAttributes&QueueUrl={queue}&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5", cancellation);
        var attributes = await CallAsync($"Action=GetQueueAttributes&QueueUrl={queue}&AttributeName.1=DelaySeconds", cancellation);
        Assert.Equal(("DelaySeconds", "5"), (Text(attributes, "Name"), Text(attributes, "Value")));
        await CallAsync($"Action=PurgeQueue&QueueUrl={queue}", cancellation);
        await CallAsync($"Action=DeleteQueue", cancellation, new Uri(queue)); // the first clients named the queue by the URL they posted to
        Assert.Equal("AWS.SimpleQueueService.NonExistentQueue", Text(await CallAsync("Action=GetQueueUrl&QueueName=kept", cancellation), "Code"));
    }

    [Theory(Timeout = 120_000)]
    [InlineData("Action=StartMessageMoveTask&SourceArn=x", "InvalidAction")]
    [InlineData("QueueName=no-action", "InvalidAction")]
    [InlineData("Action=CreateQueue&QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=5000", "InvalidAttributeValue")]
    [InlineData("Action=SendMessageBatch&QueueUrl=not-a-url&Attribute=x&a.b.c", "AWS.SimpleQueueService.NonExistentQueue")]
    public async Task A_bad_call_by_the_query_protocol_is_answered_with_its_error(string form, string code) =>
        Assert.Equal(code, Text(await CallAsync(form, TestContext.Current.CancellationToken), "Code"));

    private static Func<XElement, bool> IsNamed(string name) => element => Text(element, "Name") == name;

    private static string Text(XContainer within, string name) => within.Descendants(Sqs + name).First().Value;

    private static IEnumerable<string> Ids(XContainer answer, string entry) =>
        answer.Descendants(Sqs + entry).Select(found => Text(found, "Id"));

    private async Task<XDocument> CallAsync(string form, CancellationToken cancellation, Uri? url = null)
    {
        using var content = new StringContent(form, Encoding.UTF8, "application/x-www-form-urlencoded");
        using var answer = await _http.PostAsync(url ?? _url, content, cancellation);
        Assert.Equal("text/xml", answer.Content.Headers.ContentType?.MediaType);
        return XDocument.Parse(await answer.Content.ReadAsStringAsync(cancellation));
    }
}
