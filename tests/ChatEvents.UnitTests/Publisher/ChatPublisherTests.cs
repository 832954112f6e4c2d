using System.Text.Json.Nodes;
using Amazon.SQS.Model;
using ChatEvents.Contracts;
using ChatEvents.Publisher;
using ChatEvents.Queues;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Publisher;

/// <summary>What a server publishes is what docs/protocol.md says, section "Servers publish".</summary>
public sealed class ChatPublisherTests : IDisposable
{
    private readonly RecordingSqs _sqs = new();
    private readonly FakeTime _time = new();

    private ChatPublisher Publisher => field ??= new(_sqs, "billing", time: _time);

    public void Dispose() => _sqs.Dispose();

    [Fact(Timeout = 30_000)]
    public async Task What_is_sent_is_what_the_page_says()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var page = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "protocol.md")).Split("## Servers publish\n")[1];
        var example = page.Split("```jsonc\n")[1].Split("\n```")[0];

        var id = await Publisher.PublishAsync("blue", "The build is green.", "build-7", new JsonObject { ["build"] = 7 }, cancellation);

        var sent = Assert.Single(Entries());
        Assert.Equal(JsonNode.Parse(example)!.ToJsonString(), JsonNode.Parse(sent.MessageBody)!.ToJsonString());
        Assert.Equal(
            [
                $"| `MessageBody` | the JSON below |",
                $"| `MessageAttributes` | `{Assert.Single(sent.MessageAttributes).Key}`, of type `{sent.MessageAttributes["MT-MessageType"].DataType}`: `{sent.MessageAttributes["MT-MessageType"].StringValue}` |",
                $"| `MessageGroupId` | the room, here `{sent.MessageGroupId}` |",
                $"| `MessageDeduplicationId` | the `messageId`, here `{sent.MessageDeduplicationId}` |",
            ],
            page.Split('\n').Where(line => line.StartsWith("| `Message", StringComparison.Ordinal)));
        Assert.Equal(id, sent.MessageDeduplicationId);

        // And the workers read what stands there.
        var read = RouteEventJson.Read<MessagePosted>(System.Text.Encoding.UTF8.GetBytes(example), _time.GetUtcNow());
        Assert.Equal(("billing", "blue", """{"build":7}"""), (read.Server, read.Room, read.Data));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_to_a_user_goes_to_the_room_of_the_users_devices()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Publisher.PublishToUserAsync("auth0|17", "Your invoice is ready.", cancellation: cancellation);

        var sent = Assert.Single(Entries());
        Assert.Equal("@auth0%7C17", sent.MessageGroupId);
        Assert.Equal("auth0|17", (string?)JsonNode.Parse(sent.MessageBody)!["to"]);
    }

    [Fact(Timeout = 30_000)]
    public async Task The_same_id_is_the_same_message_in_one_room_and_of_one_server_only()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var again = new ChatPublisher(_sqs, "billing", time: _time);
        var other = new ChatPublisher(_sqs, "shipping", time: _time);
        string[] ids =
        [
            await Publisher.PublishAsync("blue", "1", "a", cancellation: cancellation),
            await again.PublishAsync("blue", "1", "a", cancellation: cancellation),
            await Publisher.PublishAsync("red", "1", "a", cancellation: cancellation),
            await other.PublishAsync("blue", "1", "a", cancellation: cancellation),
            await Publisher.PublishAsync("blue", "1", cancellation: cancellation),
            await Publisher.PublishAsync("blue", "1", cancellation: cancellation),
        ];

        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(5, ids.Distinct().Count());
    }

    [Fact(Timeout = 30_000)]
    public async Task Messages_published_together_share_requests_and_keep_the_order_of_their_room()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var rooms = Enumerable.Range(0, 40).Select(i => $"room{i % 20}").ToList();
        await Task.WhenAll(rooms.Select((room, i) => Publisher.PublishAsync(room, $"{i}", cancellation: cancellation)));

        Assert.InRange(_sqs.BatchSends.All.Count, 4, 8);
        var said = Entries().Select(entry => RouteEventJson.Read<MessagePosted>(System.Text.Encoding.UTF8.GetBytes(entry.MessageBody), _time.GetUtcNow()));
        Assert.All(said.GroupBy(posted => posted.Room), room => Assert.Equal(2, room.Count()));
        Assert.All(said.GroupBy(posted => posted.Room), room => Assert.True(int.Parse(room.First().Message) < int.Parse(room.Last().Message)));
    }

    [Fact(Timeout = 30_000)]
    public async Task Only_what_SQS_refused_fails()
    {
        var cancellation = TestContext.Current.CancellationToken;
        _sqs.OnBatchSend = batch => Task.FromResult(batch.Entries
            .Where(entry => entry.MessageGroupId == "red")
            .Select(entry => new BatchResultErrorEntry { Id = entry.Id, SenderFault = true, Code = "InvalidMessageContents" })
            .ToList());
        var blue = Publisher.PublishAsync("blue", "1", cancellation: cancellation);
        var red = Publisher.PublishAsync("red", "2", cancellation: cancellation);

        await blue;
        await Assert.ThrowsAsync<PublishException>(() => red);
    }

    [Fact(Timeout = 30_000)]
    public async Task What_nobody_could_read_is_refused_at_once()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Assert.ThrowsAsync<ArgumentException>(() => Publisher.PublishAsync("@ada", "1", cancellation: cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Publisher.PublishAsync("no room", "1", cancellation: cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Publisher.PublishToUserAsync("\u0007", "1", cancellation: cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Publisher.PublishAsync("blue", "1", id: "no id", cancellation: cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Publisher.PublishAsync("blue", new string('x', 65_537), cancellation: cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => Publisher.PublishAsync("blue", "1", data: new string('x', 65_537), cancellation: cancellation));
        Assert.Throws<ArgumentException>(() => new ChatPublisher(_sqs, ""));
        Assert.Empty(Entries());
    }

    private IEnumerable<SendMessageBatchRequestEntry> Entries() => _sqs.BatchSends.All.SelectMany(batch => batch.Entries);
}
