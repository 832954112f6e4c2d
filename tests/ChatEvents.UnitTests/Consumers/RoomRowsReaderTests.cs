using System.Text;
using System.Text.Json;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.UnitTests.Consumers;

public sealed class RoomRowsReaderTests
{
    [Fact]
    public void Rows_and_the_next_key_are_read_whatever_the_order_of_members()
    {
        var response = Read("""
            {
              "Count": 2, "ScannedCount": 3, "ConsumedCapacity": {"TableName": "ChatRooms", "CapacityUnits": 0.5},
              "Items": [
                {"connectionid": {"S": "a="}, "endpoint": {"S": "https://one.example.com/prod"}, "connectedat": {"N": "1795260924518"}},
                {"rooms": {"M": {"blue": {"N": "1"}}}, "connectedat": {"N": "0"}, "endpoint": {"S": "https://two.example.com"}, "connectionid": {"S": "\u00fc="}}
              ],
              "LastEvaluatedKey": {"roomshard": {"S": "everyone#00"}, "connectionid": {"S": "\u00fc="}}
            }
            """);

        Assert.Equal(
            [
                new Membership("a=", "https://one.example.com/prod", DateTimeOffset.FromUnixTimeMilliseconds(1795260924518)),
                new Membership("ü=", "https://two.example.com", DateTimeOffset.UnixEpoch),
            ],
            response.Rows);
        Assert.Equal("ü=", response.Next);
    }

    [Fact]
    public void An_empty_last_page_has_neither_rows_nor_a_next_one()
    {
        var response = Read("""{"Count":0,"Items":[],"ScannedCount":0}""");

        Assert.Empty(response.Rows);
        Assert.Null(response.Next);
    }

    [Fact]
    public void Rows_of_one_endpoint_share_its_string()
    {
        var rows = Read("""
            {"Items":[{"connectionid":{"S":"a"},"endpoint":{"S":"https://x"}},{"connectionid":{"S":"b"},"endpoint":{"S":"https://x"}}]}
            """).Rows;

        Assert.Same(rows[0].CallbackEndpoint, rows[1].CallbackEndpoint);
    }

    [Theory]
    [InlineData("""{"Items":[{"endpoint":{"S":"https://x"}}]}""")]
    [InlineData("""{"Items":[{"connectionid":{"S":"a"},"connectedat":{"N":"soon"}}]}""")]
    [InlineData("""{"Items":[{"connectionid":""")]
    public void What_is_no_answer_of_DynamoDB_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    private static RoomRowsResponse Read(string json) => RoomRowsReader.Read(Encoding.UTF8.GetBytes(json));
}
