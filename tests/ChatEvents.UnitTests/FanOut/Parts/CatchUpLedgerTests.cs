using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class CatchUpLedgerTests
{
    private static readonly CallbackEndpoint Endpoint = new("https://ws.example.com/prod");

    private readonly FakeTime _time = new();
    private readonly CatchUpLedger _ledger;

    public CatchUpLedgerTests() => _ledger = new CatchUpLedger(_time);

    [Fact]
    public void What_a_connection_has_caught_up_with_is_not_walked_to_it()
    {
        var connection = New("c=");

        Assert.True(_ledger.TryCatchUp("blue", connection, "05"));
        Assert.False(_ledger.TryWalk("blue", connection, "05"));
        Assert.False(_ledger.TryWalk("blue", connection, "04"));
        Assert.True(_ledger.TryWalk("blue", connection, "06"));
    }

    [Fact]
    public void What_a_walk_has_brought_and_all_behind_it_is_not_caught_up_with()
    {
        var connection = New("c=");

        Assert.True(_ledger.TryWalk("blue", connection, "05"));
        Assert.True(_ledger.TryWalk("blue", connection, "07"));
        Assert.False(_ledger.TryCatchUp("blue", connection, "05"));
        Assert.False(_ledger.TryCatchUp("blue", connection, "06"));
        Assert.True(_ledger.TryCatchUp("blue", connection, "04"));
    }

    [Fact]
    public void Rooms_and_connections_are_told_apart()
    {
        Assert.True(_ledger.TryCatchUp("blue", New("c="), "05"));

        Assert.True(_ledger.TryWalk("red", New("c="), "05"));
        Assert.True(_ledger.TryWalk("blue", New("d="), "05"));
    }

    [Fact]
    public void A_connection_that_joined_long_ago_is_walked_to_without_a_look()
    {
        var connection = New("c=");
        _ledger.TryCatchUp("blue", connection, "05");

        _time.Advance(Connection.JoinedRecentlyFor - TimeSpan.FromTicks(1));
        Assert.False(_ledger.TryWalk("blue", connection, "05"));
        _time.Advance(TimeSpan.FromTicks(1));
        Assert.True(_ledger.TryWalk("blue", connection, "05"));
    }

    [Fact]
    public void What_is_old_is_forgotten_and_what_is_new_is_not()
    {
        _ledger.TryCatchUp("blue", New("old="), "05");
        _time.Advance(Connection.JoinedRecentlyFor / 2);
        var young = New("young=");
        _ledger.TryCatchUp("blue", young, "05");
        _time.Advance(Connection.JoinedRecentlyFor / 2);

        Assert.True(_ledger.TryWalk("blue", New("old="), "05")); // another one that got the same id, as far as the ledger knows
        Assert.False(_ledger.TryWalk("blue", young, "05"));
    }

    private Connection New(string id) => new(id, Endpoint, _time.GetUtcNow());
}
