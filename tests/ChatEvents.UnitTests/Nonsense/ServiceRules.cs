using System.Text;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.UnitTests.Nonsense;

/// <summary>What DynamoDB and SQS refuse, for the fakes in their place: else a key that cannot be would pass unnoticed.</summary>
internal static class ServiceRules
{
    private const int MaxPartitionKeyBytes = 2_048, MaxSortKeyBytes = 1_024, MaxItemBytes = 400 * 1_024, MaxSqsIdLength = 128;

    /// <summary>The keys of all tables; the second of a pair is a sort key.</summary>
    private static readonly (string Name, int Max)[] Keys =
    [
        ("roomshard", MaxPartitionKeyBytes), ("connectionid", MaxSortKeyBytes), ("room", MaxPartitionKeyBytes), ("position", MaxSortKeyBytes),
        ("banned", MaxPartitionKeyBytes), ("messageid", MaxPartitionKeyBytes),
    ];

    public static void CheckItem(Dictionary<string, AttributeValue> item)
    {
        foreach (var (name, max) in Keys)
        {
            if (item.GetValueOrDefault(name) is { } key && (string.IsNullOrEmpty(key.S) || Encoding.UTF8.GetByteCount(key.S) > max))
                throw Invalid($"{name} is no key: \"{key.S}\"");
        }

        foreach (var (name, value) in item)
        {
            if (value is { SS: { } set } && (set.Count == 0 || set.Distinct(StringComparer.Ordinal).Count() < set.Count))
                throw Invalid($"{name} is no set");
        }

        if (item.Sum(attribute => attribute.Key.Length + SizeOf(attribute.Value)) > MaxItemBytes) throw Invalid("Item size has exceeded the maximum");
    }

    public static void CheckBatch(IEnumerable<Dictionary<string, AttributeValue>> keys)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var key in keys)
        {
            CheckItem(key);
            if (!seen.Add(string.Join('/', Keys.Select(name => key.GetValueOrDefault(name.Name)?.S))))
                throw Invalid("Provided list of item keys contains duplicates");
        }
    }

    public static void CheckBatch(SendMessageBatchRequest request)
    {
        foreach (var entry in request.Entries)
        {
            if (string.IsNullOrEmpty(entry.MessageBody)) throw new AmazonSQSException("The message body is empty.");
            if (!request.QueueUrl.EndsWith(".fifo", StringComparison.Ordinal)) continue;
            CheckId(entry.MessageGroupId);
            CheckId(entry.MessageDeduplicationId);
        }
    }

    private static void CheckId(string? id)
    {
        if (id is not { Length: >= 1 and <= MaxSqsIdLength } || !id.All(c => c is > ' ' and <= '~'))
            throw new AmazonSQSException($"Can only include alphanumeric and punctuation characters. 1 to 128 in length: \"{id}\"");
    }

    private static int SizeOf(AttributeValue value) =>
        Encoding.UTF8.GetByteCount(value.S ?? value.N ?? "")
        + (value.SS ?? []).Sum(text => Encoding.UTF8.GetByteCount(text))
        + (value.L ?? []).Sum(SizeOf)
        + (value.M ?? []).Sum(entry => Encoding.UTF8.GetByteCount(entry.Key) + SizeOf(entry.Value));

    private static AmazonDynamoDBException Invalid(string why) => new(why) { ErrorCode = "ValidationException" };
}
