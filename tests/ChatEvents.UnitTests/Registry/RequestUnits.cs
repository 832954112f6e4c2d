using System.Text;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.UnitTests.Registry;

/// <summary>What DynamoDB charges for a request, by its developer guide (<c>read-write-operations</c>, <c>CapacityUnitCalculations</c>).</summary>
internal static class RequestUnits
{
    /// <summary>One unit per 4 KB begun, and for nothing found too; half of it for a read that need not be consistent.</summary>
    public static double OfRead(int bytes, bool isConsistent) => Math.Max(1, (bytes + 4095) / 4096) * (isConsistent ? 1 : 0.5);

    /// <summary>One unit per KB begun of the larger of old and new item, whether or not a condition held.</summary>
    public static double OfWrite(int bytes) => Math.Max(1, (bytes + 1023) / 1024);

    public static int SizeOf(Dictionary<string, AttributeValue>? item) =>
        item?.Sum(attribute => Encoding.UTF8.GetByteCount(attribute.Key) + SizeOf(attribute.Value)) ?? 0;

    private static int SizeOf(AttributeValue value) => value switch
    {
        { S: { } text } => Encoding.UTF8.GetByteCount(text),
        { N: { } number } => (number.Length / 2) + 1,
        { L: { } list } => 3 + list.Count + list.Sum(SizeOf),
        { M: { } map } => 3 + map.Count + SizeOf(map),
        _ => 1, // the registry has no attributes of other types
    };
}
