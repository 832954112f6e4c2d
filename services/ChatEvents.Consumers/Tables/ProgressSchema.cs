namespace ChatEvents.Consumers.Tables;

/// <summary>Keys and attributes of the table that the walks' progress is kept in.</summary>
public static class ProgressSchema
{
    /// <summary>Table by default: one item per message whose walk was saved, partition key <see cref="MessageId"/>.</summary>
    public const string Table = "ChatProgress";

    /// <summary>String: the message; of a walk that was divided, also <c>message#shard</c>.</summary>
    public const string MessageId = "messageid";

    /// <summary>Number: the shard in which the walk is.</summary>
    public const string Shard = "shard";

    /// <summary>String: the last connection of that shard which is behind it; absent at the beginning of a shard.</summary>
    public const string After = "after";

    /// <summary>
    /// Set of strings: connections that are behind the position but were not reached yet. A walk has 5,000 of them at most, which is a
    /// quarter of DynamoDB's 400 KB per item; absent when there are none.
    /// </summary>
    public const string Late = "late";

    /// <summary>Bool, absent if false: whether each shard from here on is walked by itself.</summary>
    public const string Divided = "divided";

    /// <summary>Map of outcome to number: how posts have ended so far.</summary>
    public const string Outcomes = "outcomes";

    /// <summary>String, absent as a rule: position in the log of the message whose walk over this shard was given up.</summary>
    public const string GivenUp = "givenup";

    /// <summary>Number, epoch seconds, as DynamoDB's TTL wants it.</summary>
    public const string TimeToLive = "ttl";

    /// <summary>How long an item is of use: SQS keeps a message for 14 days at most.</summary>
    public static readonly TimeSpan Life = TimeSpan.FromDays(14);
}
