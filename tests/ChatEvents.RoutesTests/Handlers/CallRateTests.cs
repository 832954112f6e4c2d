using ChatEvents.Routes;
using ChatEvents.Testing;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class CallRateTests
{
    private readonly FakeTime _time = new();
    private readonly CallRate _rate;

    public CallRateTests() => _rate = new CallRate(_time);

    [Fact]
    public void Thirty_calls_may_come_at_once_and_ten_in_each_second_after()
    {
        Assert.Equal(30, Accepted(100));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(10, Accepted(100));
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Equal(1, Accepted(100));
    }

    [Fact]
    public void Refused_calls_do_not_count()
    {
        Accepted(1000);
        _time.Advance(TimeSpan.FromSeconds(3));

        Assert.Equal(30, Accepted(100));
    }

    [Fact]
    public void One_connection_costs_no_other_one_anything()
    {
        Accepted(100);

        Assert.Equal(1, Accepted(1, "other"));
    }

    [Fact]
    public void Ever_new_connections_cost_no_more_memory_and_no_one_its_limit_meanwhile()
    {
        for (var i = 0; i < 9_000; i++) Accepted(1, $"{i}");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(30, Accepted(100));
        _time.Advance(TimeSpan.FromSeconds(1));
        for (var i = 0; i < 9_000; i++) Accepted(1, $"late-{i}");

        Assert.Equal(10, Accepted(100));
    }

    private int Accepted(int calls, string connectionId = "a")
    {
        var accepted = 0;
        for (var i = 0; i < calls; i++)
        {
            try
            {
                _rate.RequireTurn(connectionId);
                accepted++;
            }
            catch (BadFrameException tooOften)
            {
                Assert.Equal(("You ask too often; wait a second.", 429), (tooOften.Message, tooOften.StatusCode));
            }
        }

        return accepted;
    }
}
