using ChatEvents.Load.Figures;
using ChatEvents.Testing;

namespace ChatEvents.UnitTests.Load;

public class RoomTallyTests
{
    private readonly FakeTime _time = new();

    private long Now => _time.GetTimestamp();

    [Fact]
    public void What_every_member_heard_once_has_the_time_until_the_last_of_them_did()
    {
        var room = new RoomTally(members: 3);
        var number = room.Say(sender: 0, Now, isTimed: true);
        foreach (var member in (int[])[2, 0, 1])
        {
            _time.Advance(TimeSpan.FromMilliseconds(10));
            room.Hear(member, number, seq: null, Now);
        }

        var summary = room.Summarize(isAnswered: false, _time);

        Assert.True(room.IsComplete);
        Assert.Equal((1, 1, 3L, 3L, 0L, 0L), (summary.Said, summary.Accepted, summary.Expected, summary.Heard, summary.Repeated, summary.OutOfOrder));
        Assert.Equal(TimeSpan.FromMilliseconds(30), Assert.Single(summary.Delays).Length);
    }

    [Fact]
    public void What_a_member_did_not_hear_is_missing_and_has_no_time()
    {
        var room = new RoomTally(members: 2);
        room.Hear(0, room.Say(sender: 0, Now, isTimed: true), seq: null, Now);

        var summary = room.Summarize(isAnswered: false, _time);

        Assert.False(room.IsComplete);
        Assert.Equal((2L, 1L), (summary.Expected, summary.Heard));
        Assert.Empty(summary.Delays);
    }

    [Fact]
    public void What_a_member_hears_again_is_repeated_unless_it_asked_for_it()
    {
        var room = new RoomTally(members: 1);
        var number = room.Say(sender: 0, Now, isTimed: true);
        room.Hear(0, number, seq: 1, Now);
        room.Hear(0, number, seq: 1, Now);
        room.Hear(0, number, seq: 1, Now, isHistory: true);

        Assert.Equal((1L, 1L), (room.Summarize(isAnswered: false, _time).Heard, room.Summarize(isAnswered: false, _time).Repeated));
    }

    [Fact]
    public void Without_numbers_the_order_is_that_in_which_anybody_heard_first()
    {
        var room = new RoomTally(members: 2);
        var (a, b) = (room.Say(sender: 0, Now, isTimed: true), room.Say(sender: 1, Now, isTimed: true));
        room.Hear(0, b, seq: null, Now);
        room.Hear(0, a, seq: null, Now);
        room.Hear(1, b, seq: null, Now);
        room.Hear(1, a, seq: null, Now);

        Assert.Equal(0, room.Summarize(isAnswered: false, _time).OutOfOrder);

        var (c, d) = (room.Say(sender: 0, Now, isTimed: true), room.Say(sender: 1, Now, isTimed: true));
        room.Hear(0, c, seq: null, Now);
        room.Hear(0, d, seq: null, Now);
        room.Hear(1, d, seq: null, Now);
        room.Hear(1, c, seq: null, Now);

        Assert.Equal(1, room.Summarize(isAnswered: false, _time).OutOfOrder);
    }

    [Fact]
    public void With_numbers_a_lower_one_after_a_higher_is_out_of_order_but_not_from_the_history()
    {
        var room = new RoomTally(members: 1);
        var numbers = Enumerable.Range(0, 3).Select(_ => room.Say(sender: 0, Now, isTimed: true)).ToList();
        room.Hear(0, numbers[2], seq: 3, Now);
        room.Hear(0, numbers[1], seq: 2, Now);
        room.Hear(0, numbers[0], seq: 1, Now, isHistory: true);

        var summary = room.Summarize(isAnswered: true, _time);

        Assert.Equal((1L, 1L), (summary.OutOfOrder, summary.FromHistory));
    }

    [Fact]
    public void A_refused_message_is_not_lost()
    {
        var room = new RoomTally(members: 2);
        room.Refuse(room.Say(sender: 0, Now, isTimed: true));
        room.Say(sender: 1, Now, isTimed: true);
        room.RefuseOneOf(sender: 1);

        Assert.Equal((2, 0, 0L), room.Summarize(isAnswered: false, _time) is var summary ? (summary.Said, summary.Accepted, summary.Expected) : default);
    }

    [Fact]
    public void One_refusal_excuses_one_message_that_nobody_heard_and_not_two()
    {
        var room = new RoomTally(members: 1);
        room.Say(sender: 0, Now, isTimed: true);
        room.Say(sender: 0, Now, isTimed: true);
        room.RefuseOneOf(sender: 0);

        Assert.Equal(1, room.Summarize(isAnswered: false, _time).Expected);
    }

    [Fact]
    public void Where_the_server_answers_what_it_never_accepted_and_nobody_heard_is_not_lost()
    {
        var room = new RoomTally(members: 1);
        room.Say(sender: 0, Now, isTimed: true);
        room.Accept(room.Say(sender: 0, Now, isTimed: true));

        Assert.Equal(1, room.Summarize(isAnswered: true, _time).Expected);
    }

    [Fact]
    public void Times_of_the_warm_up_do_not_count_but_its_losses_do()
    {
        var room = new RoomTally(members: 2);
        room.Hear(0, room.Say(sender: 0, Now, isTimed: false), seq: null, Now);
        var heard = room.Say(sender: 0, Now, isTimed: false);
        room.Hear(0, heard, seq: null, Now);
        room.Hear(1, heard, seq: null, Now);

        var summary = room.Summarize(isAnswered: false, _time);

        Assert.Empty(summary.Delays);
        Assert.Equal(1, summary.Expected - summary.Heard);
    }

    [Theory]
    [InlineData(0.5, 5)]
    [InlineData(0.9, 9)]
    [InlineData(0.99, 10)]
    [InlineData(1, 10)]
    [InlineData(0, 1)]
    public void A_percentile_is_the_smallest_value_that_such_a_part_does_not_exceed(double part, int value) =>
        Assert.Equal(value, Percentiles.At([.. Enumerable.Range(1, 10)], part));
}
