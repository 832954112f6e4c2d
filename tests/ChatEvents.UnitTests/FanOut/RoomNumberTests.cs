using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>The number of a message in its room, which its row in the log gives it.</summary>
public sealed class RoomNumberTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact(Timeout = 60_000)]
    public async Task Numbers_count_from_1_in_the_order_in_which_everybody_hears_the_messages_and_each_room_counts_for_itself()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        fanOut.AddConnection("a=", TimeSpan.FromHours(1));
        fanOut.AddConnection("b=", TimeSpan.FromHours(1), "blue");

        for (var number = 1; number <= 30; number++) await fanOut.ConsumeAsync($"m{number}=", "hello", number % 3 == 0 ? "blue" : Room.Everyone);

        Assert.Equal(Enumerable.Range(1, 20).Select(seq => $"{seq} hello"), fanOut.Gateway.DeliveredTo("a="));
        Assert.Equal(Enumerable.Range(1, 10).Select(seq => $"{seq} hello"), fanOut.Gateway.DeliveredTo("b="));
        Assert.Equal(Enumerable.Range(1, 20), SeqsOf(fanOut.Rooms));
        Assert.Single(EpochsOf(fanOut.Rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task The_row_has_the_parts_of_the_message_and_lives_as_long_as_the_settings_say()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);

        await fanOut.ConsumeAsync(new MessagePosted
        {
            MessageId = "m1=",
            ConnectionId = "sender=",
            Room = Room.Everyone,
            User = "ada",
            Name = "Ada",
            Message = "hello",
            Data = """{"a":1}""",
            PostedAt = fanOut.Time.GetUtcNow(),
        });

        var row = Assert.Single(fanOut.Rooms.MessagesOf(Room.Everyone));
        string? Text(string name) => row.GetValueOrDefault(name)?.S;
        Assert.Equal(
            ("m1=", "ada", "Ada", "hello", """{"a":1}"""),
            (Text(RecentMessages.MessageId), Text(RecentMessages.User), Text(RecentMessages.Name), Text(RecentMessages.Message), Text(RecentMessages.Data)));
        Assert.Equal($"{Text(RecentMessages.Epoch)}.000000000001", Text(RecentMessages.Position));
        Assert.Equal(fanOut.Time.GetUtcNow().AddDays(1).ToUnixTimeSeconds(), NumberAttribute.In(row[RecentMessages.TimeToLive]));
        Assert.DoesNotContain(RecentMessages.Guest, row.Keys);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_worker_reads_the_end_of_a_log_once_and_another_one_goes_on_there()
    {
        var rooms = new RoomsInMemory();
        await using var first = await StartAsync(TestContext.Current.CancellationToken, rooms);
        await using var second = await StartAsync(TestContext.Current.CancellationToken, rooms);
        for (var number = 1; number <= 20; number++)
            await (number % 4 < 2 ? first : second).ConsumeAsync($"m{number}=", "hello");

        Assert.Equal(Enumerable.Range(1, 20), SeqsOf(rooms));
        await second.ConsumeAsync("m21=", "hello");
        (rooms.LogQueries, var writes) = (0, 0);
        rooms.OnWrite = table => Task.FromResult(table == RecentMessages.Table ? writes++ : 0);
        for (var number = 22; number <= 41; number++) await second.ConsumeAsync($"m{number}=", "hello");
        Assert.Equal(0, rooms.LogQueries);
        Assert.Equal(20, writes);
    }

    [Fact(Timeout = 60_000)]
    public async Task Numbers_begin_again_with_a_new_epoch_when_the_whole_log_has_expired()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        await fanOut.ConsumeAsync("m1=", "hello");
        await fanOut.ConsumeAsync("m2=", "hello");

        fanOut.Time.Advance(TimeSpan.FromDays(1) + TimeSpan.FromSeconds(1));
        await fanOut.ConsumeAsync("m3=", "hello"); // DynamoDB has not deleted anything yet

        Assert.Equal([1, 2, 1], SeqsOf(fanOut.Rooms));
        Assert.Equal(2, EpochsOf(fanOut.Rooms).Count);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_log_that_was_lost_begins_a_new_epoch_too()
    {
        var rooms = new RoomsInMemory();
        await using (var first = await StartAsync(TestContext.Current.CancellationToken, rooms)) await first.ConsumeAsync("m1=", "hello");
        var before = Assert.Single(EpochsOf(rooms));
        rooms.Expire(DateTimeOffset.MaxValue);

        await using var second = await StartAsync(TestContext.Current.CancellationToken, rooms);
        await second.ConsumeAsync("m2=", "hello");

        Assert.NotEqual(before, Assert.Single(EpochsOf(rooms)));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_epoch_whose_worker_was_killed_before_its_first_message_is_not_begun_again()
    {
        var rooms = new RoomsInMemory();
        await using (var killed = await StartAsync(TestContext.Current.CancellationToken, rooms))
        {
            rooms.OnWritten = _ => Task.FromException(new IOException("killed"));
            await Assert.ThrowsAsync<IOException>(() => killed.ConsumeAsync("m1=", "hello"));
        }

        var writes = 0;
        rooms.OnWritten = _ => Task.FromResult(writes++);
        await using var next = await StartAsync(TestContext.Current.CancellationToken, rooms);
        await next.ConsumeAsync("m1=", "hello", isRedelivered: true);

        Assert.Equal([1], SeqsOf(rooms));
        Assert.Equal(2, writes); // the message, and the end of its walk
    }

    [Fact(Timeout = 60_000)]
    public async Task A_row_never_ends_before_the_one_before_it_although_less_is_kept_from_now_on()
    {
        var rooms = new RoomsInMemory();
        await using (var longer = await StartAsync(TestContext.Current.CancellationToken, rooms)) await longer.ConsumeAsync("m1=", "hello");
        await using var shorter = await StartAsync(TestContext.Current.CancellationToken, rooms, retention: TimeSpan.FromHours(3));
        await shorter.ConsumeAsync("m2=", "hello");

        var ends = rooms.MessagesOf(Room.Everyone).Select(row => NumberAttribute.In(row[RecentMessages.TimeToLive])).ToList();
        Assert.Equal(ends[0], ends[1]);
    }

    [Theory(Timeout = 60_000)]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_write_whose_answer_is_lost_gives_the_message_one_number(bool isRetriedByTheClient)
    {
        var rooms = new RoomsInMemory();
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken, rooms);
        fanOut.AddConnection("a=", TimeSpan.FromHours(1));
        await fanOut.ConsumeAsync("m1=", "hello");
        if (isRetriedByTheClient)
        {
            // Amazon's client sends it again, and meets what it has written itself.
            rooms.LosesAnswers = 1;
            await fanOut.ConsumeAsync("m2=", "hello");
        }
        else
        {
            rooms.OnWritten = _ => Task.FromException(new IOException("lost"));
            await Assert.ThrowsAsync<IOException>(() => fanOut.ConsumeAsync("m2=", "hello"));
            rooms.OnWritten = _ => Task.CompletedTask;
            await fanOut.ConsumeAsync("m2=", "hello", isRedelivered: true);
        }

        await fanOut.ConsumeAsync("m3=", "hello");

        Assert.Equal([1, 2, 3], SeqsOf(rooms));
        Assert.Equal(["1 hello", "2 hello", "3 hello"], fanOut.Gateway.DeliveredTo("a="));
    }

    [Fact(Timeout = 60_000)]
    public async Task One_that_a_stalled_worker_writes_after_another_worker_has_done_so_keeps_that_number()
    {
        var rooms = new RoomsInMemory();
        await using var stalled = await StartAsync(TestContext.Current.CancellationToken, rooms);
        await using var other = await StartAsync(TestContext.Current.CancellationToken, rooms);
        await stalled.ConsumeAsync("m1=", "hello");
        var (writing, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        rooms.OnWrite = _ =>
        {
            rooms.OnWrite = _ => Task.CompletedTask;
            writing.SetResult();
            return goOn.Task;
        };
        var walk = stalled.ConsumeAsync("m2=", "hello");
        await writing.Task.WaitAsync(Cancellation);

        await other.ConsumeAsync("m2=", "hello", isRedelivered: true);
        await other.ConsumeAsync("m3=", "hello");
        goOn.SetResult();
        await walk;

        Assert.Equal(["m1=", "m2=", "m3="], rooms.MessagesOf(Room.Everyone).Select(row => row[RecentMessages.MessageId].S));
        Assert.Equal([1, 2, 3], SeqsOf(rooms));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_dead_letter_that_is_moved_back_hours_later_keeps_its_number()
    {
        var rooms = new RoomsInMemory();
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken, rooms);
        await fanOut.ConsumeAsync("m1=", "hello");
        var dead = new MessagePosted
        {
            MessageId = "m2=",
            ConnectionId = "sender=",
            Room = Room.Everyone,
            Message = "hello",
            PostedAt = fanOut.Time.GetUtcNow(),
        };
        await fanOut.ConsumeAsync(dead);
        for (var number = 3; number <= 50; number++)
        {
            fanOut.Time.Advance(TimeSpan.FromMinutes(5));
            await fanOut.ConsumeAsync($"m{number}=", "hello");
        }

        rooms.Progress.Clear(); // an hour is over
        await using var next = await StartAsync(TestContext.Current.CancellationToken, rooms, at: fanOut.Time.GetUtcNow());
        await next.ConsumeAsync(dead);
        await next.ConsumeAsync("m51=", "hello");

        Assert.Equal(Enumerable.Range(1, 51).Select(number => $"m{number}="), rooms.MessagesOf(Room.Everyone).Select(row => row[RecentMessages.MessageId].S));
    }

    [Fact(Timeout = 60_000)]
    public async Task What_a_version_without_numbers_has_logged_is_still_delivered_late()
    {
        await using var fanOut = await StartAsync(TestContext.Current.CancellationToken);
        var position = "0639301377612420000#m1=";
        fanOut.Rooms.Put(new()
        {
            [RecentMessages.Room] = new(Room.Everyone),
            [RecentMessages.Position] = new(position),
            [RecentMessages.MessageId] = new("m1="),
            [RecentMessages.OldText] = new("Echo: old"),
            [RecentMessages.PostedAt] = NumberAttribute.OfMilliseconds(fanOut.Time.GetUtcNow()),
            [RecentMessages.TimeToLive] = NumberAttribute.OfSeconds(fanOut.Time.GetUtcNow().AddHours(2)),
        });

        var found = await fanOut.Services.GetRequiredService<RecentLog>().FindAsync(Room.Everyone, position, Cancellation);
        await fanOut.ConsumeAsync("m2=", "hello");

        Assert.Equal("Echo: old"u8, found!.For(Dialect.Plain)!.Body.Span);
        Assert.Equal([1], SeqsOf(fanOut.Rooms, skip: 1));
    }

    private static async Task<FanOutUnderTest> StartAsync(
        CancellationToken cancellation, RoomsInMemory? rooms = null, TimeSpan? retention = null, DateTimeOffset? at = null)
    {
        var fanOut = await FanOutUnderTest.StartAsync(
            cancellation, rooms, options => options.Template = "{seq} {message}", history => history.Retention = retention ?? history.Retention);
        if (at is { } instant) fanOut.Time.Advance(instant - fanOut.Time.GetUtcNow());
        return fanOut;
    }

    private static List<int> SeqsOf(RoomsInMemory rooms, int skip = 0) =>
        [.. rooms.MessagesOf(Room.Everyone).Skip(skip).Select(row => (int)NumberAttribute.In(row[RecentMessages.Seq]))];

    private static List<string> EpochsOf(RoomsInMemory rooms) =>
        [.. rooms.MessagesOf(Room.Everyone).Select(row => row[RecentMessages.Epoch].S).Distinct()];
}
