using ChatEvents.FanOut.Delivering;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class WorkUnderWayTests
{
    private readonly WorkUnderWay _work = new();

    [Fact]
    public void All_who_wait_are_told_when_the_last_work_has_ended()
    {
        Assert.True(_work.WhenIdleAsync().IsCompleted);
        for (var number = 0; number < 3; number++) Assert.True(_work.TryBegin(most: 10));
        Task[] waiting = [_work.WhenIdleAsync(), _work.WhenIdleAsync()];

        _work.End(2);
        Assert.All(waiting, wait => Assert.False(wait.IsCompleted));
        _work.End(1);
        Assert.All(waiting, wait => Assert.True(wait.IsCompleted));
        Assert.True(_work.WhenIdleAsync().IsCompleted);
    }

    [Fact]
    public void Who_waits_for_work_that_began_later_is_told_of_its_end()
    {
        _work.TryBegin(most: 1);
        _work.End(1);
        _work.TryBegin(most: 1);
        var waiting = _work.WhenIdleAsync();

        Assert.False(waiting.IsCompleted);
        _work.End(1);
        Assert.True(waiting.IsCompleted);
    }

    [Fact]
    public void No_more_is_begun_at_once_than_may_be()
    {
        Assert.True(_work.TryBegin(most: 2));
        Assert.True(_work.TryBegin(most: 2));
        Assert.False(_work.TryBegin(most: 2));

        _work.End(1);
        Assert.True(_work.TryBegin(most: 2));
    }
}
