using System.ComponentModel.DataAnnotations;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>How one worker takes messages from its queue.</summary>
public sealed class QueueOptions : IValidatableObject
{
    /// <summary>
    /// How many messages may be in hand at once, those included that wait for an earlier one of their group. Default 64, from 1 to
    /// 10,000. A receive asks for no more than what is free below it.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxInHand { get; set; } = 64;

    /// <summary>
    /// How many receive requests may wait at SQS at once. Default 2, from 1 to 20. One brings at most 10 messages per round trip; each
    /// one that waits at an empty queue costs three requests a minute.
    /// </summary>
    [Range(1, 20)]
    public int Receives { get; set; } = 2;

    /// <summary>
    /// How long a receive waits at SQS for a first message. Default 20 s, the most that SQS allows; from 0, in whole seconds.
    /// </summary>
    [WholeSeconds("00:00:00", "00:00:20", ErrorMessage = "must be from 0 to 20 whole seconds")]
    public TimeSpan ReceiveWait { get; set; } = SqsLimits.MaxReceiveWait;

    /// <summary>
    /// How long a message stays hidden unless its lease is renewed, in whole seconds. Default 30 s, from 1 s to 12 h. It is also how
    /// long the messages of a worker that was killed, and all of their rooms, wait; so short, and renewed rather than long.
    /// </summary>
    [WholeSeconds("00:00:01", "12:00:00", ErrorMessage = "must be from 1 second to 12 hours, in whole seconds")]
    public TimeSpan VisibilityTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a message that failed stays hidden after its first receive; doubled after each further one, less up to half as jitter,
    /// then rounded up to whole seconds, because SQS counts in them. Default 1 s, from 0.
    /// </summary>
    public TimeSpan ReturnDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>
    /// Where <see cref="ReturnDelay"/> stops growing. Default 1 minute, up to 12 h. A room waits behind its failed message.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "12:00:00")]
    public TimeSpan MaxReturnDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// After how many receives SQS moves a message to the dead letters: <c>maxReceiveCount</c> of the queue's redrive policy. Default 5 (30
    /// for late deliveries), from 1 to 1,000. Followers in a group do not wait for a message that failed its last chance; were this larger
    /// than what the queue has, they would be returned along with it until they are dead letters themselves.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxReceiveCount { get; set; } = MaxReceives.ByDefault;

    /// <summary>
    /// How long a finished message waits for others to be deleted along with it. Default 20 ms, from 0 to 1 s. Not used on a FIFO
    /// queue, where it would hold up the group.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan DeleteLinger { get; set; } = TimeSpan.FromMilliseconds(20);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ReturnDelay < TimeSpan.Zero || ReturnDelay > MaxReturnDelay)
            yield return new($"{nameof(ReturnDelay)} must be from 0 to {nameof(MaxReturnDelay)}, {MaxReturnDelay}, but is {ReturnDelay}.");
    }

    internal TimeSpan ReturnDelayAfter(int receiveCount, Func<double> jitter) =>
        new Backoff(ReturnDelay, MaxReturnDelay).After(receiveCount, jitter);
}

/// <summary>SQS counts in whole seconds.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WholeSecondsAttribute(string minimum, string maximum) : RangeAttribute(typeof(TimeSpan), minimum, maximum)
{
    public override bool IsValid(object? value) =>
        base.IsValid(value) && value is TimeSpan time && time.Ticks % TimeSpan.TicksPerSecond == 0;
}
