using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Posting;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class DeliveryTallyTests
{
    private const int ForbiddenToThisWorker = 20;

    private readonly DeliveryTally _tally = new();

    [Fact]
    public void Only_outcomes_that_occurred_are_told()
    {
        _tally.Count(DeliveryOutcome.Delivered);
        _tally.Count(DeliveryOutcome.Delivered);
        _tally.Count(DeliveryOutcome.Gone);

        Assert.Equal(new Dictionary<DeliveryOutcome, int> { [DeliveryOutcome.Delivered] = 2, [DeliveryOutcome.Gone] = 1 }, _tally.Outcomes());
        Assert.Equal((2, 0), (_tally[DeliveryOutcome.Delivered], _tally[DeliveryOutcome.Failed]));
    }

    [Fact]
    public void Counts_of_another_worker_are_added_and_say_nothing_of_this_ones_rights()
    {
        _tally.Count(DeliveryOutcome.Delivered);
        _tally.Add(new Dictionary<DeliveryOutcome, int> { [DeliveryOutcome.Delivered] = 3, [DeliveryOutcome.Forbidden] = 40 });

        Assert.Equal((4, 40), (_tally[DeliveryOutcome.Delivered], _tally[DeliveryOutcome.Forbidden]));
        Assert.False(_tally.IsForbidden);
        Assert.False(_tally.WasForbiddenLast);
    }

    [Fact]
    public void Who_did_not_get_it_from_a_worker_that_ended_is_counted_with_who_does_not_now()
    {
        Fail("a=", "502");
        _tally.TakeOver(new Dictionary<DeliveryOutcome, int>
        {
            [DeliveryOutcome.Delivered] = 4,
            [DeliveryOutcome.Gone] = 3,
            [DeliveryOutcome.TooLarge] = 2,
        });

        Assert.Equal((4, 3, 2), (_tally[DeliveryOutcome.Delivered], _tally[DeliveryOutcome.Gone], _tally[DeliveryOutcome.TooLarge]));
        Assert.Equal((3, "Failed 502 at a="), _tally.TakeUndelivered());
    }

    [Fact]
    public void Twenty_forbidden_in_a_row_are_the_workers_fault_though_others_were_delivered()
    {
        _tally.Count(DeliveryOutcome.Delivered);
        for (var number = 1; number < ForbiddenToThisWorker; number++) Forbid();
        Assert.False(_tally.IsForbiddenFromHereOn);
        Assert.False(_tally.IsForbidden);
        Assert.True(_tally.WasForbiddenLast);

        Forbid();
        Assert.True(_tally.IsForbiddenFromHereOn);
        Assert.True(_tally.IsForbidden);
    }

    [Fact]
    public void A_delivery_between_them_ends_the_row()
    {
        for (var number = 1; number < ForbiddenToThisWorker; number++) Forbid();
        _tally.Count(DeliveryOutcome.Delivered);
        Assert.False(_tally.WasForbiddenLast);

        Forbid();
        Assert.False(_tally.IsForbiddenFromHereOn);
        Assert.False(_tally.IsForbidden);
    }

    [Fact]
    public void Where_nothing_was_delivered_one_that_was_forbidden_is_enough()
    {
        Assert.False(_tally.IsForbidden);
        Forbid();
        Assert.True(_tally.IsForbidden);
        _tally.Count(DeliveryOutcome.Gone);
        Assert.True(_tally.IsForbidden);
        Assert.True(_tally.WasForbiddenLast);
    }

    [Fact]
    public void What_was_not_delivered_is_taken_once_with_its_first_failure()
    {
        Assert.Null(_tally.TakeUndelivered());
        Fail("a=", "502");
        Fail("b=", "503");

        Assert.Equal((2, "Failed 502 at a="), _tally.TakeUndelivered());
        Assert.Null(_tally.TakeUndelivered());

        Fail("c=", "504");
        Assert.Equal((1, "Failed 504 at c="), _tally.TakeUndelivered());
    }

    [Fact]
    public void While_somebody_is_late_nothing_is_taken()
    {
        Fail("a=", "502");
        _tally.BeginLate("b=");
        _tally.BeginLate("b=");
        Assert.Equal(["b="], _tally.LateConnections());
        Assert.Null(_tally.TakeUndelivered());

        _tally.EndLate("b=", isHandedOn: false);
        Assert.Empty(_tally.LateConnections());
        Assert.Equal(0, _tally.HandedOn);
        Assert.NotNull(_tally.TakeUndelivered());
    }

    [Fact]
    public void What_is_handed_on_is_counted()
    {
        foreach (var id in (string[])["a=", "b=", "c="]) _tally.BeginLate(id);
        _tally.EndLate("a=", isHandedOn: true);
        _tally.EndLate("b=", isHandedOn: false);

        Assert.Equal(1, _tally.HandedOn);
        Assert.Equal(["c="], _tally.LateConnections());
    }

    private void Forbid() => _tally.Count(DeliveryOutcome.Forbidden);

    private void Fail(string connectionId, string reason) =>
        _tally.CountUndelivered(connectionId, new Delivery(DeliveryOutcome.Failed, Reason: reason));
}
