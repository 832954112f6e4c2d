using ChatEvents.Consumers;
using ChatEvents.Queues;

namespace ChatEvents.UnitTests.Queues;

public sealed class QueueOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(Settings.ProblemsOf(new QueueOptions(), "Any"));

    [Fact]
    public void A_setting_out_of_its_range_is_named_with_its_range_and_value()
    {
        var options = new QueueOptions { MaxInHand = 0, VisibilityTimeout = TimeSpan.FromMilliseconds(1500) };

        Assert.Equal(
            [
                "FanOut:Queue:MaxInHand must be from 1 to 10000, but is 0.",
                "FanOut:Queue:VisibilityTimeout must be from 1 second to 12 hours, in whole seconds, but is 00:00:01.5000000.",
            ],
            Settings.ProblemsOf(options, "FanOut:Queue"));
    }

    [Fact]
    public void Every_setting_has_a_range()
    {
        var options = new QueueOptions
        {
            MaxInHand = 10_001,
            Receives = 21,
            ReceiveWait = TimeSpan.FromSeconds(21),
            VisibilityTimeout = TimeSpan.FromHours(13),
            ReturnDelay = TimeSpan.FromSeconds(-1),
            MaxReturnDelay = TimeSpan.FromHours(13),
            MaxReceiveCount = 1001,
            DeleteLinger = TimeSpan.FromSeconds(2),
        };

        Assert.Equal(typeof(QueueOptions).GetProperties().Length, Settings.ProblemsOf(options, "Any").Count);
    }
}
