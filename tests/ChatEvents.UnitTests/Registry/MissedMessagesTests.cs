using System.Text;
using Amazon.DynamoDBv2.Model;
using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using ChatEvents.Testing;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.Registry;

public sealed class MissedMessagesTests : IDisposable
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    private readonly InMemoryDynamoDb _dynamoDb = new();
    private readonly RecordingSqs _sqs = new();
    private readonly MissedMessages _missed;
    private long _said;

    public MissedMessagesTests() => _missed = new(
        new TablesUnderTest(_dynamoDb, new TableNames(), new FakeTime()).Recent,
        new RouteEventPublisher(_sqs, new RouteEventQueues()),
        Options.Create(new RegistryOptions { BatchLinger = TimeSpan.Zero }),
        new FakeTime());

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static ConnectionOpened Opened => new()
    {
        ConnectionId = "a=",
        ConnectedAt = Noon,
        CallbackEndpoint = "https://example.com/prod",
        Rooms = ["blue"],
    };

    public void Dispose()
    {
        _dynamoDb.Dispose();
        _sqs.Dispose();
    }

    [Fact(Timeout = 30_000)]
    public async Task A_quiet_room_has_nothing_to_catch_up_with()
    {
        await AddRecentAsync("blue", Noon - TimeSpan.FromMilliseconds(1));

        await _missed.ReportAsync(Opened, TestContext.Current.CancellationToken);

        Assert.Empty(_sqs.BatchSends.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task Each_room_that_was_spoken_in_since_is_reported()
    {
        _dynamoDb.IsStale = () => true; // only a consistent look sees what was written a moment ago
        await AddRecentAsync("blue", Noon);
        await AddRecentAsync("everyone", Noon + TimeSpan.FromSeconds(1));
        await AddRecentAsync("red", Noon);

        await _missed.ReportAsync(Opened, TestContext.Current.CancellationToken);

        var sent = _sqs.BatchSends.All.SelectMany(batch => batch.Entries).ToList();
        Assert.Equal(
            ["blue", "everyone"],
            sent.Select(entry => RouteEventJson.Read<MessagesMissed>(Encoding.UTF8.GetBytes(entry.MessageBody), FakeTime.LongAfter).Room).Order());
        Assert.All(sent, entry => Assert.Equal("a=", entry.MessageGroupId));
        Assert.Equal(2, sent.Select(entry => entry.MessageDeduplicationId).Distinct().Count());
    }

    [Fact(Timeout = 30_000)]
    public async Task A_join_looks_back_to_the_time_at_which_it_was_asked_for()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var joined = new MembershipChanged
        {
            ConnectionId = "a=",
            ConnectedAt = Noon - TimeSpan.FromHours(1),
            CallbackEndpoint = "https://example.com/prod",
            Room = "blue",
            IsIn = true,
            ChangedAt = Noon,
        };
        await AddRecentAsync("blue", Noon - TimeSpan.FromSeconds(1));

        await _missed.ReportAsync(joined, cancellation);
        Assert.Empty(_sqs.BatchSends.All);

        await AddRecentAsync("blue", Noon + TimeSpan.FromMilliseconds(5));
        await _missed.ReportAsync(joined, cancellation);

        var missed = RouteEventJson.Read<MessagesMissed>(
            Encoding.UTF8.GetBytes(Assert.Single(Assert.Single(_sqs.BatchSends.All).Entries).MessageBody), FakeTime.LongAfter);
        Assert.Equal(("a=", "blue", Noon), (missed.ConnectionId, missed.Room, missed.Since));
    }

    [Fact(Timeout = 30_000)]
    public async Task A_message_counts_by_when_it_was_posted_wherever_it_stands_in_the_log()
    {
        await AddRecentAsync("everyone", Noon, writtenAt: Noon + TimeSpan.FromMilliseconds(1));
        await AddRecentAsync("everyone", Noon - TimeSpan.FromSeconds(1), writtenAt: Noon + TimeSpan.FromMilliseconds(2));

        await _missed.ReportAsync(Opened, TestContext.Current.CancellationToken);

        Assert.Single(_sqs.BatchSends.All);
    }

    [Fact(Timeout = 30_000)]
    public async Task However_much_was_said_since_one_message_is_read()
    {
        for (var i = 0; i < 100; i++) await AddRecentAsync("everyone", Noon + TimeSpan.FromMilliseconds(i), text: new string('x', 3900));
        var before = _dynamoDb.Units;

        await _missed.ReportAsync(Opened with { Rooms = [] }, TestContext.Current.CancellationToken);

        Assert.Single(_sqs.BatchSends.All);
        Assert.Equal(1, _dynamoDb.Units - before);
    }

    [Fact(Timeout = 30_000)]
    public async Task Newcomers_share_a_look_and_each_is_told_only_of_what_came_after_it()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await AddRecentAsync("everyone", Noon + TimeSpan.FromSeconds(10));
        var looks = 0;
        var hold = new TaskCompletionSource();
        _dynamoDb.OnCall = point =>
        {
            if (!point.TookEffect) looks++;
            return hold.Task;
        };

        var newcomers = Enumerable.Range(0, 20).Select(i => _missed.ReportAsync(
            Opened with { ConnectionId = $"{i}=", Rooms = [], ConnectedAt = Noon + TimeSpan.FromSeconds(i) }, cancellation)).ToList();
        hold.SetResult();
        await Task.WhenAll(newcomers);

        Assert.True(looks <= 4, $"There were {looks} looks.");
        Assert.Equal(
            Enumerable.Range(0, 11).Select(i => $"{i}=").Order(),
            _sqs.BatchSends.All.SelectMany(batch => batch.Entries)
                .Select(entry => RouteEventJson.Read<MessagesMissed>(Encoding.UTF8.GetBytes(entry.MessageBody), FakeTime.LongAfter).ConnectionId)
                .Order());
    }

    /// <summary>A message in the log of a room.</summary>
    internal static PutItemRequest Logged(string room, long seq, DateTimeOffset postedAt, DateTimeOffset? writtenAt = null, string text = "Hello") => new()
    {
        TableName = RecentMessages.Table,
        Item = new()
        {
            [RecentMessages.Room] = new(room),
            [RecentMessages.Position] = new(RecentMessages.PositionOf("1700000000000-3fk2a9", seq)),
            [RecentMessages.MessageId] = new("m"),
            [RecentMessages.Message] = new(text),
            [RecentMessages.PostedAt] = new() { N = $"{postedAt.ToUnixTimeMilliseconds()}" },
            [RecentMessages.LoggedAt] = new() { N = $"{(writtenAt ?? postedAt).ToUnixTimeMilliseconds()}" },
            [RecentMessages.TimeToLive] = new() { N = $"{postedAt.AddDays(1).ToUnixTimeSeconds()}" },
        },
    };

    private async Task AddRecentAsync(string room, DateTimeOffset postedAt, DateTimeOffset? writtenAt = null, string text = "Hello") =>
        await _dynamoDb.PutItemAsync(Logged(room, ++_said, postedAt, writtenAt, text), Cancellation);
}
