using System.Text.Json;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.FanOut;

/// <summary>
/// The numbers of a room against a model, with workers that are killed between any two writes, messages that come again, workers that stall
/// and go on when another one has their message, removals, and logs that expire. What must hold: no hole, no number twice, no message under
/// two numbers, and the order of the log is the order in which everybody hears.
/// </summary>
public sealed class NumberModelTests
{
    [Theory(Timeout = 120_000)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(9)]
    [InlineData(10)]
    [InlineData(11)]
    [InlineData(12)]
    public async Task Whatever_happens_numbers_have_no_hole_and_none_is_given_twice(int seed)
    {
        await using var model = await NumberModel.StartAsync(seed, TestContext.Current.CancellationToken);
        for (var step = 0; step < 60; step++) await model.StepAsync();
        await model.CheckAsync();
    }
}

/// <summary>A room's queue, which hands out one message after the other until it is done, two workers, and what must be true.</summary>
internal sealed class NumberModel : IAsyncDisposable
{
    private const string Json = "json=", Plain = "plain=";

    private readonly Random _random;
    private readonly CancellationToken _cancellation;
    private readonly RoomsInMemory _rooms = new();
    private readonly FanOutUnderTest[] _workers = new FanOutUnderTest[2];
    private readonly List<MessagePosted> _said = [];
    private readonly List<(string ConnectionId, string Text)> _heard = [];
    private readonly Dictionary<string, string> _positions = [];
    private readonly HashSet<string> _removed = [];
    private DateTimeOffset _now;
    private int _writesLeft;
    private bool _isAfterwards;

    private NumberModel(int seed, CancellationToken cancellation) => (_random, _cancellation) = (new Random(seed), cancellation);

    public static async Task<NumberModel> StartAsync(int seed, CancellationToken cancellation)
    {
        var model = new NumberModel(seed, cancellation);
        model._rooms.OnWrite = _ => model.Dies(isAfterwards: false);
        model._rooms.OnWritten = _ => model.Dies(isAfterwards: true);
        model._now = new FakeTime().GetUtcNow();
        for (var worker = 0; worker < 2; worker++) await model.ReplaceAsync(worker);
        model.AddConnections();
        return model;
    }

    public Task StepAsync() => _random.Next(20) switch
    {
        < 10 => SayAsync(),
        < 13 => SayAgainAsync(),
        < 15 => RemoveAsync(),
        < 18 => StallAsync(),
        18 => ReplaceAsync(_random.Next(2)),
        _ => PassAsync(),
    };

    public async Task CheckAsync()
    {
        // Answers to senders go out in the background.
        foreach (var worker in _workers) await worker.SendersToldAsync();
        List<(string ConnectionId, string Text)> posts;
        lock (_heard) posts = [.. _heard];
        var log = _rooms.MessagesOf(Room.Everyone);
        Assert.NotEmpty(log);

        // No hole and no number twice, in each epoch.
        foreach (var epoch in log.GroupBy(row => row[RecentMessages.Epoch].S))
        {
            Assert.Equal(
                Enumerable.Range(1, epoch.Count()).Select(seq => (long)seq), epoch.Select(row => NumberAttribute.In(row[RecentMessages.Seq])));
            Assert.All(epoch, row => Assert.Equal(
                RecentMessages.PositionOf(epoch.Key, NumberAttribute.In(row[RecentMessages.Seq])), row[RecentMessages.Position].S));
        }

        // Each message once, in the order in which they were said.
        var ids = log.Select(row => row[RecentMessages.MessageId].S).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.Equal(_said.Select(posted => posted.MessageId).Where(ids.Contains), ids);
        Assert.Equal(_said[^ids.Count..].Select(posted => posted.MessageId), ids);
        Assert.All(log, row => Assert.Equal(_removed.Contains(row[RecentMessages.MessageId].S), row.ContainsKey(RecentMessages.Removed)));
        Assert.All(log, row => Assert.Equal(_removed.Contains(row[RecentMessages.MessageId].S), !row.ContainsKey(RecentMessages.Message)));

        // Everybody hears everything, for the first time in the order of the log, and always by the same number.
        var heard = posts.Where(post => post.ConnectionId == Json).Select(post => JsonDocument.Parse(post.Text).RootElement)
            .Where(frame => frame.GetProperty("type").GetString() == "message")
            .Select(frame => (
                Id: frame.GetProperty("messageId").GetString()!,
                Position: RecentMessages.PositionOf(frame.GetProperty("epoch").GetString()!, frame.GetProperty("seq").GetInt64())))
            .Distinct()
            .ToList();
        Assert.Equal(_said.Select(posted => posted.MessageId), heard.Select(frame => frame.Id));
        Assert.Equal(heard.Select(frame => frame.Position).Order(StringComparer.Ordinal), heard.Select(frame => frame.Position));
        Assert.All(log, row => Assert.Contains((row[RecentMessages.MessageId].S, row[RecentMessages.Position].S), heard));
        Assert.Equal(
            _said.Select(posted => posted.MessageId),
            posts.Where(post => post.ConnectionId == Plain).Select(post => post.Text).Distinct());
        Assert.All(_removed, id => Assert.Contains(
            posts, post => post.ConnectionId == Json && post.Text.StartsWith("""{"type":"removed""", StringComparison.Ordinal)
                && post.Text.EndsWith($"\"seq\":{SeqOf(id)}}}", StringComparison.Ordinal)));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var worker in _workers) await worker.DisposeAsync();
    }

    /// <summary>One or several messages, until each is done.</summary>
    private async Task SayAsync()
    {
        for (var count = 1 + _random.Next(3); count > 0; count--)
        {
            _now += TimeSpan.FromSeconds(_random.Next(40));
            var posted = Say();
            await UntilDoneAsync((worker, isRedelivered) => worker.ConsumeAsync(posted, isRedelivered));
        }
    }

    /// <summary>Of a server, which has no limit.</summary>
    private MessagePosted Say()
    {
        var posted = new MessagePosted
        {
            MessageId = $"m{_said.Count:000}=",
            ConnectionId = "sender=",
            Server = "test",
            Room = Room.Everyone,
            Message = "hello",
            PostedAt = _now,
        };
        _said.Add(posted);
        return posted;
    }

    /// <summary>One of the last messages once more: its delete was lost, or SQS has it twice.</summary>
    private async Task SayAgainAsync()
    {
        if (LastLogged() is not { } posted) return;
        var isRedelivered = _random.Next(2) == 0;
        await UntilDoneAsync((worker, isAgain) => worker.ConsumeAsync(posted, isRedelivered || isAgain));
    }

    private async Task RemoveAsync()
    {
        if (LastLogged() is not { } posted) return;
        RecentMessages.TryReadPosition(PositionOf(posted.MessageId), out var epoch, out var seq);
        _removed.Add(posted.MessageId);
        _positions[posted.MessageId] = RecentMessages.PositionOf(epoch, seq);
        var asked = new MessageRemoved
        {
            ConnectionId = Json,
            Room = Room.Everyone,
            Seq = seq,
            Epoch = epoch,
            IsModerator = true,
            RequestId = "r",
            RemovedAt = _now,
        };
        await UntilDoneAsync((worker, isRedelivered) => worker.ConsumeAsync(asked, isRedelivered));
    }

    /// <summary>A worker stalls before a write, loses its message to the other one, and goes on when that has it, and perhaps the next.</summary>
    private async Task StallAsync()
    {
        var posted = Say();
        var (stalling, goOn) = (new TaskCompletionSource(), new TaskCompletionSource());
        var (before, writes) = (_rooms.OnWrite, _random.Next(2));
        _rooms.OnWrite = _ =>
        {
            if (writes-- > 0) return Task.CompletedTask;
            _rooms.OnWrite = before;
            stalling.TrySetResult();
            return goOn.Task;
        };
        _writesLeft = int.MaxValue;
        SetTime();
        var stalled = _workers[0].ConsumeAsync(posted);
        await Task.WhenAny(stalling.Task, stalled).WaitAsync(_cancellation);
        _rooms.OnWrite = before;
        if (!stalled.IsCompleted)
        {
            _now += TimeSpan.FromSeconds(30);
            await WorkAsync(1, worker => worker.ConsumeAsync(posted, isRedelivered: true));
            if (_random.Next(2) == 0)
            {
                var next = Say();
                await WorkAsync(1, worker => worker.ConsumeAsync(next));
            }
        }

        goOn.TrySetResult();
        _writesLeft = int.MaxValue;
        await stalled;
    }

    /// <summary>The log expires, and DynamoDB may have deleted it or not.</summary>
    private Task PassAsync()
    {
        _now += TimeSpan.FromHours(25);
        SetTime();
        if (_random.Next(2) == 0) _rooms.Expire(_now);
        AddConnections();
        return Task.CompletedTask;
    }

    /// <summary>Has some worker do it until none of them is killed over it.</summary>
    private async Task UntilDoneAsync(Func<FanOutUnderTest, bool, Task> work)
    {
        for (var isRedelivered = false; ; isRedelivered = true)
        {
            var number = _random.Next(2);
            (_writesLeft, _isAfterwards) = (_random.Next(3) == 0 ? _random.Next(4) : int.MaxValue, _random.Next(2) == 0);
            try
            {
                SetTime();
                await work(_workers[number], isRedelivered);
                return;
            }
            catch (IOException)
            {
                // Killed, or only its work on the message has failed.
                if (_random.Next(2) == 0) await ReplaceAsync(number);
                _now += TimeSpan.FromSeconds(30);
            }
        }
    }

    private async Task WorkAsync(int number, Func<FanOutUnderTest, Task> work)
    {
        _writesLeft = int.MaxValue;
        SetTime();
        await work(_workers[number]);
    }

    private async Task ReplaceAsync(int number)
    {
        _writesLeft = int.MaxValue;
        if (_workers[number] is { } old) await old.DisposeAsync();
        var worker = await FanOutUnderTest.StartAsync(_cancellation, _rooms, options => options.Template = "{messageId}");
        worker.Gateway.OnRequest = (request, _) =>
        {
            lock (_heard) _heard.Add((request.ConnectionId, request.Body));
            return RecordingGateway.Answer(System.Net.HttpStatusCode.OK);
        };
        _workers[number] = worker;
        SetTime();
    }

    private Task Dies(bool isAfterwards) =>
        isAfterwards == _isAfterwards && _writesLeft < int.MaxValue && _writesLeft-- <= 0 ? Task.FromException(new IOException("killed")) : Task.CompletedTask;

    private void SetTime()
    {
        foreach (var worker in _workers)
        {
            if (worker is not null && _now > worker.Time.GetUtcNow()) worker.Time.Advance(_now - worker.Time.GetUtcNow());
        }
    }

    private void AddConnections()
    {
        _rooms.Add(Room.Everyone, Plain, _now.AddMinutes(-5), expiresAt: _now.AddDays(30));
        _rooms.Add(Room.Everyone, Json, _now.AddMinutes(-5), expiresAt: _now.AddDays(30), dialect: Dialect.Json);
    }

    /// <summary>One of the last messages of the present epoch; null if there is none.</summary>
    private MessagePosted? LastLogged()
    {
        var alive = _rooms.MessagesOf(Room.Everyone)
            .Where(row => NumberAttribute.In(row[RecentMessages.TimeToLive]) > _now.ToUnixTimeSeconds())
            .Select(row => row[RecentMessages.MessageId].S)
            .TakeLast(5)
            .ToList();
        return alive.Count == 0 ? null : _said.Find(posted => posted.MessageId == alive[_random.Next(alive.Count)]);
    }

    private string PositionOf(string messageId) => _rooms.MessagesOf(Room.Everyone)
        .Single(row => row[RecentMessages.MessageId].S == messageId)[RecentMessages.Position].S;

    private long SeqOf(string messageId)
    {
        RecentMessages.TryReadPosition(_positions[messageId], out _, out var seq);
        return seq;
    }
}
