using System.Globalization;
using Amazon.DynamoDBv2.Model;

namespace ChatEvents.FanOut.Tables;

/// <summary>Numbers as DynamoDB has them: text, whatever the culture.</summary>
internal static class NumberAttribute
{
    public static AttributeValue Of(long number) => new() { N = number.ToString(CultureInfo.InvariantCulture) };

    public static long In(AttributeValue attribute) => long.Parse(attribute.N, CultureInfo.InvariantCulture);
}
