using ChatEvents.Routes;
using ChatEvents.Routes.Rooms;

namespace ChatEvents.RoutesTests.Rooms;

public sealed class ChangeOrderTests
{
    private static readonly DateTimeOffset ReceivedAt = new(2026, 11, 30, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Of_changes_of_one_millisecond_the_one_whose_function_began_later_comes_later()
    {
        double[] startedAfterMilliseconds = [-9_000, -0.5, 0, 0.001, 0.002, 1, 50, 3_000, 60_000];

        var orders = startedAfterMilliseconds.Select(after => Of("zzzz", after)).ToList();

        Assert.Equal(orders.Distinct().Order(), orders);
    }

    [Fact]
    public void Those_that_began_together_differ() => Assert.NotEqual(Of("Qv7mVHZSoAMFkJw=", 1), Of("Qv7mVHZSoAMFkJv=", 1));

    [Fact]
    public void The_same_change_has_the_same_order() => Assert.Equal(Of("Qv7mVHZSoAMFkJw=", 1), Of("Qv7mVHZSoAMFkJw=", 1));

    [Fact]
    public void Clocks_that_are_wrong_by_days_make_no_order_that_cannot_be_stored()
    {
        Assert.InRange(Of("id", -TimeSpan.FromDays(9).TotalMilliseconds), 0, ushort.MaxValue);
        Assert.InRange(Of("id", TimeSpan.FromDays(9).TotalMilliseconds), 0, 1L << 48);
    }

    private static long Of(string requestId, double startedAfterMilliseconds) => ChangeOrder.Of(
        new RouteRequestContext { RequestId = requestId, RequestTimeEpoch = ReceivedAt.ToUnixTimeMilliseconds() },
        ReceivedAt.AddTicks((long)(startedAfterMilliseconds * TimeSpan.TicksPerMillisecond)));
}
