namespace ChatEvents.Queues;

/// <summary>Limits of SQS (AWS pages <c>quotas-messages</c> and <c>quotas-queues</c>).</summary>
internal static class SqsLimits
{
    /// <summary>Entries in one batch request, and messages in one receive.</summary>
    public const int MaxBatchEntries = 10;

    /// <summary>Bodies and attributes of one batch in all, and of one message: 1 MiB.</summary>
    public const int MaxBatchBytes = 1_048_576;

    public static readonly TimeSpan MaxReceiveWait = TimeSpan.FromSeconds(20);

    public static readonly TimeSpan MaxVisibilityTimeout = TimeSpan.FromHours(12);
}
