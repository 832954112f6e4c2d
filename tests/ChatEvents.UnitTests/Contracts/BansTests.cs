using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class BansTests
{
    [Theory]
    [InlineData("203.0.113.7", "address#203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "address#203.0.113.7")]
    [InlineData("2001:db8:1:2:3:4:5:6", "address#2001:db8:1:2::/64")]
    [InlineData("2001:DB8:1:2::9", "address#2001:db8:1:2::/64")]
    [InlineData("2001:db8:1:3::9", "address#2001:db8:1:3::/64")]
    [InlineData("localhost", null)]
    [InlineData("", null)]
    [InlineData(null, null)]
    public void An_address_is_banned_with_all_that_its_customer_has(string? address, string? key) => Assert.Equal(key, Bans.KeyOfAddress(address));

    [Fact]
    public void Somebody_is_banned_by_user_or_by_address()
    {
        Assert.Equal(["user#ada", "address#203.0.113.7"], Bans.KeysOf("ada", "203.0.113.7"));
        Assert.Equal(["address#203.0.113.7"], Bans.KeysOf(null, "203.0.113.7"));
        Assert.Equal(["user#ada"], Bans.KeysOf("ada", null));
        Assert.Empty(Bans.KeysOf(null, "unknown"));
    }

    [Theory]
    [InlineData("user#ada", "ada", null)]
    [InlineData("user#address#x", "address#x", null)]
    [InlineData("address#203.0.113.7", null, "203.0.113.7")]
    [InlineData("something", null, null)]
    public void A_key_says_whom_it_bans(string key, string? user, string? address) => Assert.Equal((user, address), Bans.Read(key));

    [Fact]
    public void No_user_can_be_taken_for_an_address() => Assert.NotEqual(Bans.KeyOfAddress("203.0.113.7"), Bans.KeyOfUser("address#203.0.113.7"));
}
