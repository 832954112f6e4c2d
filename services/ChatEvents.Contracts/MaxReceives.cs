namespace ChatEvents.Contracts;

/// <summary>
/// After how many receives SQS makes a message a dead letter: <c>maxReceiveCount</c> of each queue's redrive policy, wherever queues are
/// created.
/// </summary>
public static class MaxReceives
{
    /// <summary>AWS advises at least 5 for what Lambda consumes.</summary>
    public const int ByDefault = 5;

    /// <summary>
    /// Of <see cref="QueueNames.Late"/>. A late delivery lasts as long as its client is waited for, and is received once more by each
    /// worker that is replaced meanwhile; the largest deployment has 20, and a few may crash besides. One that nobody can deliver keeps
    /// only its own connection waiting, for some 25 minutes.
    /// </summary>
    public const int OfLate = 30;
}
