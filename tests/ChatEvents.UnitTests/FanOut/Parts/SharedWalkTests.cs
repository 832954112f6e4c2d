using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class SharedWalkTests : IDisposable
{
    private const int Most = 3;

    private static readonly WalkScope Blue = new("blue");
    private static readonly SavedWalk New = SavedWalk.None(Blue);

    private readonly SharedWalk _walk = new(Blue, New);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _walk.Dispose();

    [Fact]
    public void It_takes_as_many_messages_as_it_may()
    {
        Assert.Equal([true, true, true, false], ((string[])["1", "2", "3", "4"]).Select(id => Join(id)));
        Assert.Equal(["1", "2", "3"], _walk.Messages.Select(message => message.Id));
        Assert.Equal(["1", "2", "3"], _walk.Joined().Select(message => message.Id));
    }

    [Fact]
    public void It_takes_none_that_begins_elsewhere()
    {
        Assert.False(Join("1", New with { Position = new WalkPosition(3, null) }));
        Assert.False(Join("1", New with { IsDivided = true }));
        Assert.True(Join("1", New with { LateConnections = ["c="] }));
    }

    [Fact]
    public void It_takes_none_once_it_is_closed()
    {
        Join("1");
        _walk.Close();

        Assert.False(Join("2"));
    }

    [Fact]
    public void Who_was_late_before_is_late_for_the_messages_that_say_so()
    {
        Join("1", New with { LateConnections = ["a=", "b="] });
        Join("2");
        Join("3", New with { LateConnections = ["b="] });

        Assert.Equal(["a=", "b="], _walk.LateBefore.Keys.Order());
        Assert.Equal(["1"], _walk.LateBefore["a="].Select(message => message.Id));
        Assert.Equal(["1", "3"], _walk.LateBefore["b="].Select(message => message.Id));
    }

    [Fact]
    public void Messages_that_were_walked_are_left_out_and_know_it()
    {
        Join("1");
        Join("2");
        var first = _walk.Messages[0];
        _walk.LeaveOut([]);
        Assert.Equal(2, _walk.Messages.Count);

        _walk.LeaveOut([first]);

        Assert.Equal(["2"], _walk.Messages.Select(message => message.Id));
        Assert.Equal((true, false), (first.WasWalked, _walk.Messages[0].WasWalked));
        Assert.Equal((false, true), (_walk.Has("1"), _walk.Has("2")));
    }

    [Fact]
    public async Task One_message_that_is_lost_ends_all_of_the_walk()
    {
        using var lost = new CancellationTokenSource();
        Join("1");
        _walk.TryJoin(MessageOf("2"), New, Most, lost.Token);
        var abandoning = _walk.Abandoning;
        Assert.False(abandoning.IsCancellationRequested);

        await lost.CancelAsync();

        Assert.True(abandoning.IsCancellationRequested);
    }

    [Fact]
    public async Task A_walk_that_has_ended_hears_of_no_loss()
    {
        using var lost = new CancellationTokenSource();
        _walk.TryJoin(MessageOf("1"), New, Most, lost.Token);
        var (abandoning, handingOn) = (_walk.Abandoning, _walk.HandingOn);
        Assert.False(_walk.Ended.IsCompleted);

        _walk.End();
        await lost.CancelAsync();

        Assert.True(_walk.Ended.IsCompletedSuccessfully);
        Assert.False(abandoning.IsCancellationRequested);
        Assert.False(handingOn.IsCancellationRequested);
    }

    [Fact(Timeout = 30_000)]
    public async Task A_failure_is_that_of_its_messages()
    {
        _walk.End(new InvalidOperationException("No table."));

        Assert.Equal("No table.", (await Assert.ThrowsAsync<InvalidOperationException>(() => _walk.Ended.WaitAsync(TestContext.Current.CancellationToken))).Message);
    }

    [Fact(Timeout = 30_000)]
    public async Task Abandoning_waits_for_what_is_under_way_whatever_becomes_of_it()
    {
        var lane = new Lane(
            new Connection("c=", new CallbackEndpoint("https://ws.example.com"), DateTimeOffset.UnixEpoch), [MessageOf("1")], DateTimeOffset.UnixEpoch);
        var working = new TaskCompletionSource();
        _walk.Lanes[lane] = working.Task;

        var abandoned = _walk.AbandonAsync();
        Assert.True(_walk.Abandoning.IsCancellationRequested);
        Assert.False(abandoned.IsCompleted);
        working.SetException(new InvalidOperationException());

        await abandoned.WaitAsync(TestContext.Current.CancellationToken);
        Assert.False(_walk.HandingOn.IsCancellationRequested);
    }

    [Fact]
    public async Task Lanes_end_without_the_walk_being_abandoned()
    {
        await _walk.EndLanesAsync();

        Assert.True(_walk.HandingOn.IsCancellationRequested);
        Assert.False(_walk.Abandoning.IsCancellationRequested);
    }

    private static RoomMessage MessageOf(string id) => BlueMessage.Of(id);

    private bool Join(string id, SavedWalk? saved = null) => _walk.TryJoin(MessageOf(id), saved ?? New, Most, Cancellation);
}
