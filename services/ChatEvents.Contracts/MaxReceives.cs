namespace ChatEvents.Contracts;

/// <summary>
/// After how many receives SQS makes a message a dead letter: <c>maxReceiveCount</c> in the redrive policy of each queue.
/// </summary>
public static class MaxReceives
{
    /// <summary>AWS recommends at least 5 for queues that Lambda consumes.</summary>
    public const int ByDefault = 5;

    /// <summary>
    /// For <see cref="QueueNames.Late"/>. A late delivery lasts as long as the worker waits for its client, and every worker that is
    /// replaced meanwhile adds a receive. The largest deployment has 20 workers, and a few may crash as well. A message that can never be
    /// delivered blocks only its own connection, for about 25 minutes.
    /// </summary>
    public const int OfLate = 30;
}
