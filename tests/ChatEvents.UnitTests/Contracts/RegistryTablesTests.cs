using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class RegistryTablesTests
{
    // Golden values: another hash would orphan the memberships of every connection that is open during a deployment.
    [Theory]
    [InlineData("Qv7kLd3mIAMCJw8=", 6)]
    [InlineData("A-b9_xYzoAMCK1g=", 14)]
    [InlineData("", 5)]
    public void A_connection_keeps_its_shard_for_ever(string connectionId, int shard) =>
        Assert.Equal(shard, RegistryTables.ShardOf(connectionId));

    [Fact]
    public void Shards_are_written_with_two_digits() => Assert.Equal("everyone#07", RegistryTables.RoomShardOf("everyone", 7));

    [Fact]
    public void Connections_spread_evenly_over_the_shards()
    {
        var random = new Random(7);
        var bytes = new byte[11];
        var counts = new int[RegistryTables.ShardsPerRoom];
        for (var i = 0; i < 16_000; i++)
        {
            random.NextBytes(bytes);
            counts[RegistryTables.ShardOf(Convert.ToBase64String(bytes))]++;
        }

        Assert.All(counts, count => Assert.InRange(count, 850, 1150));
    }
}
