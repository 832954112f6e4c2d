using System.Globalization;
using ChatEvents.Consumers;
using ChatEvents.Queues;

namespace ChatEvents.UnitTests.Queues;

public sealed class QueueOptionLimitsTests
{
    [Theory]
    [InlineData("00:00:00", "00:00:00", true)]
    [InlineData("00:01:00", "00:01:00", true)]
    [InlineData("00:01:00.001", "00:01:00", false)]
    [InlineData("-00:00:00.001", "00:01:00", false)]
    public void The_first_delay_is_no_longer_than_the_longest(string delay, string longest, bool isValid) => Assert.Equal(
        isValid ? [] : [$"Any:ReturnDelay must be from 0 to MaxReturnDelay, {Time(longest)}, but is {Time(delay)}."],
        Settings.ProblemsOf(new QueueOptions { ReturnDelay = Time(delay), MaxReturnDelay = Time(longest) }, "Any"));

    [Theory]
    [InlineData("00:00:00", true)]
    [InlineData("00:00:20", true)]
    [InlineData("00:00:21", false)]
    [InlineData("00:00:01.500", false)]
    public void A_receive_waits_whole_seconds(string wait, bool isValid) => Assert.Equal(
        isValid ? [] : [$"Any:ReceiveWait must be from 0 to 20 whole seconds, but is {Time(wait)}."],
        Settings.ProblemsOf(new QueueOptions { ReceiveWait = Time(wait) }, "Any"));

    private static TimeSpan Time(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);
}
