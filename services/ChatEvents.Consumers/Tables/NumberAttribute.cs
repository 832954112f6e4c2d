using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.Consumers.Tables;

/// <summary>
/// Numbers in DynamoDB's format: text, independent of the culture. Times are epoch milliseconds, or epoch seconds for a TTL.
/// </summary>
public static class NumberAttribute
{
    public static AttributeValue Of(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    public static AttributeValue OfMilliseconds(DateTimeOffset instant) => Of(instant.ToUnixTimeMilliseconds());

    public static AttributeValue OfSeconds(DateTimeOffset instant) => Of(instant.ToUnixTimeSeconds());

    public static long In(AttributeValue attribute) => long.Parse(attribute.N, CultureInfo.InvariantCulture);

    public static DateTimeOffset InstantIn(AttributeValue milliseconds) => DateTimeOffset.FromUnixTimeMilliseconds(In(milliseconds));
}
