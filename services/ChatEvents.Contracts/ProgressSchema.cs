namespace ChatEvents.Contracts;

/// <summary>Keys and attributes of the table with the progress of walks.</summary>
public static class ProgressSchema
{
    /// <summary>Default name. One item per message whose walk was saved, partition key <see cref="MessageId"/>.</summary>
    public const string Table = "ChatProgress";

    /// <summary>String: the message, or <c>message#shard</c> for a shard of a divided walk.</summary>
    public const string MessageId = "messageid";

    /// <summary>Number: the shard in which the walk is.</summary>
    public const string Shard = "shard";

    /// <summary>String: the last connection of that shard which is behind it; absent at the beginning of a shard.</summary>
    public const string After = "after";

    /// <summary>
    /// Set of strings: connections that the walk has passed but not reached yet, at most 5,000, which take a quarter of DynamoDB's 400 KB
    /// per item. Absent if there are none.
    /// </summary>
    public const string Late = "late";

    /// <summary>Bool, absent if false: whether each shard from here on is walked by itself.</summary>
    public const string Divided = "divided";

    /// <summary>Map of outcome to number: how many posts ended how.</summary>
    public const string Outcomes = "outcomes";

    /// <summary>String, usually absent: <see cref="WalkDivided.Attempt"/> at which the walk over this shard was given up.</summary>
    public const string GivenUp = "givenup";

    /// <summary>Number: epoch seconds, for DynamoDB's TTL.</summary>
    public const string TimeToLive = "ttl";

    /// <summary>How long an item is useful: SQS keeps a message for at most 14 days.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(14);

    /// <summary>
    /// How long the end of a walk is useful that left nothing behind: longer than SQS hides a message whose delete was lost, or remembers
    /// what was sent.
    /// </summary>
    public static readonly TimeSpan EndLife = TimeSpan.FromHours(1);
}
