using System.ComponentModel.DataAnnotations;
using ChatEvents.Contracts;

namespace ChatEvents.Queues;

/// <summary>How one worker takes messages from its queue.</summary>
public sealed class QueueOptions : IValidatableObject
{
    /// <summary>
    /// How many messages may be in hand at once, including those that wait for an earlier one of their group. Default 64, from 1 to 10,000.
    /// A receive asks only for as many messages as there are free places.
    /// </summary>
    [Range(1, 10_000)]
    public int MaxInHand { get; set; } = 64;

    /// <summary>
    /// How many receive requests are open at once. Default 2, from 1 to 20. One returns at most 10 messages per round trip; each one at an
    /// empty queue costs three requests a minute.
    /// </summary>
    [Range(1, 20)]
    public int Receives { get; set; } = 2;

    /// <summary>How long a receive waits at SQS for a first message. Default 20 s, the maximum of SQS; from 0, in whole seconds.</summary>
    [WholeSeconds("00:00:00", "00:00:20", ErrorMessage = "must be from 0 to 20 whole seconds")]
    public TimeSpan ReceiveWait { get; set; } = SqsLimits.MaxReceiveWait;

    /// <summary>
    /// How long a message stays hidden unless its lease is renewed, in whole seconds. Default 30 s, from 1 s to 12 h. The messages of a
    /// killed worker, and their rooms, wait that long, so it is short and renewed.
    /// </summary>
    [WholeSeconds("00:00:01", "12:00:00", ErrorMessage = "must be from 1 second to 12 hours, in whole seconds")]
    public TimeSpan VisibilityTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How long a failed message stays hidden after its first receive; doubled after each further one, less up to half as jitter, and
    /// rounded up to whole seconds for SQS. Default 1 s, from 0.
    /// </summary>
    public TimeSpan ReturnDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Where <see cref="ReturnDelay"/> stops growing. Default 1 minute, up to 12 h. A room waits for its failed message.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "12:00:00")]
    public TimeSpan MaxReturnDelay { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// After how many receives SQS moves a message to the dead letters: <c>maxReceiveCount</c> of the queue's redrive policy. Default 5 (30
    /// for late deliveries), from 1 to 1,000. Later messages of a group do not wait for a message that failed at its last receive. If this
    /// were larger than the queue's number, they would be returned with it until they are dead letters themselves.
    /// </summary>
    [Range(1, 1_000)]
    public int MaxReceiveCount { get; set; } = MaxReceives.ByDefault;

    /// <summary>
    /// How long a finished message waits for others, to be deleted with them. Default 20 ms, from 0 to 1 s. Not used on a FIFO queue, where
    /// it would delay the group.
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

/// <summary>For times that SQS counts in whole seconds.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class WholeSecondsAttribute(string minimum, string maximum) : RangeAttribute(typeof(TimeSpan), minimum, maximum)
{
    public override bool IsValid(object? value) =>
        base.IsValid(value) && value is TimeSpan time && time.Ticks % TimeSpan.TicksPerSecond == 0;
}
