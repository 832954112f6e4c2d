using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class GuestIdTests
{
    [Fact]
    public void A_guest_is_the_same_for_the_same_connection_and_key_and_for_no_other()
    {
        var guest = GuestId.OfConnection("A-b9_xYzoAMCK1g=", "key");

        Assert.Matches("^guest-[a-z2-7]{6}$", guest);
        Assert.Equal(guest, GuestId.OfConnection("A-b9_xYzoAMCK1g=", "key"));
        Assert.NotEqual(guest, GuestId.OfConnection("A-b9_xYzoAMCK1h=", "key"));
        Assert.NotEqual(guest, GuestId.OfConnection("A-b9_xYzoAMCK1g=", "other key"));
        Assert.NotEqual(guest, GuestId.OfClient("A-b9_xYzoAMCK1g=", "key"));
    }

    [Theory]
    [InlineData("0123456789abcdef", true)]
    [InlineData("A-b9_xYz.AMCK1g-", true)]
    [InlineData("0123456789abcde", false)]
    [InlineData("0123456789abcde ", false)]
    [InlineData("0123456789abcd\u00e9f", false)]
    [InlineData(null, false)]
    public void A_client_names_itself_by_16_to_64_plain_characters(string? client, bool isClient)
    {
        Assert.Equal(isClient, GuestId.IsClient(client));
        Assert.True(GuestId.IsClient(new string('x', 64)));
        Assert.False(GuestId.IsClient(new string('x', 65)));
    }
}
