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
                {"rooms": {"M": {"blue": {"N": "1"}}}, "connectedat": {"N": "0"}, "endpoint": {"S": "https://two.example.com"}, "connectionid": {"S": "b="}}
              ],
              "LastEvaluatedKey": {"roomshard": {"S": "everyone#00"}, "connectionid": {"S": "b="}}
            }
            """);

        Assert.Equal(
            [
                new Membership("a=", "https://one.example.com/prod", DateTimeOffset.FromUnixTimeMilliseconds(1795260924518)),
                new Membership("b=", "https://two.example.com", DateTimeOffset.UnixEpoch),
            ],
            response.Rows);
        Assert.Equal("b=", response.Next);
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
            {"Items":[{"connectionid":{"S":"a"},"endpoint":{"S":"https://x"},"connectedat":{"N":"0"}},{"connectionid":{"S":"b"},"endpoint":{"S":"https://x"},"connectedat":{"N":"0"}}]}
            """).Rows;

        Assert.Same(rows[0].CallbackEndpoint, rows[1].CallbackEndpoint);
    }

    [Theory]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"S":"https://x"}}""", "connectedat")]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"S":"https://x"},"connectedat":{"N":"soon"}}""", "connectedat")]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"S":"https://x"},"connectedat":{"N":"1.5"}}""", "connectedat")]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"S":"https://x"},"connectedat":{"N":"99999999999999999"}}""", "connectedat")]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"S":"https://x"},"connectedat":{"S":"1795260924518"}}""", "connectedat")]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"S":"https://x"},"connectedat":{"N":"0"},"joinedat":{"BOOL":true}}""", "joinedat")]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"N":"1"},"connectedat":{"N":"0"}}""", "endpoint")]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"M":{"S":{"S":"https://x"}}},"connectedat":{"N":"0"}}""", "endpoint")]
    [InlineData("""{"connectionid":{"S":"a="},"endpoint":{"S":"chat.example.com/prod"},"connectedat":{"N":"0"}}""", "endpoint")]
    [InlineData("""{"connectionid":{"S":"a="},"connectedat":{"N":"0"}}""", "endpoint")]
    [InlineData("""{"connectionid":{"S":"a b"},"endpoint":{"S":"https://x"},"connectedat":{"N":"0"}}""", "connectionid")]
    public void A_row_that_makes_no_sense_is_left_out_and_the_others_are_read(string row, string attribute)
    {
        const string Good = """{"connectionid":{"S":"good="},"endpoint":{"S":"https://x"},"connectedat":{"N":"0"}}""";

        var response = Read($$"""{"Items":[{{Good}},{{row}},{{Good}}]}""");

        Assert.Equal(["good=", "good="], response.Rows.Select(found => found.ConnectionId));
        Assert.StartsWith(attribute, Assert.Single(response.Senseless!).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"Items":[{"connectionid":""")]
    public void What_is_no_answer_of_DynamoDB_is_refused(string json) => Assert.ThrowsAny<JsonException>(() => Read(json));

    private static RoomRowsResponse Read(string json) => RoomRowsReader.Read(Encoding.UTF8.GetBytes(json));
}
