using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class GuestNameTests
{
    // Golden values: another hash would give every guest who is there during a deployment a new name.
    [Fact]
    public void A_guest_keeps_its_name_for_ever()
    {
        Assert.Equal("guest-ev2oik", GuestId.OfConnection("A-b9_xYzoAMCK1g=", "key"));
        Assert.Equal("guest-pzobem", GuestId.OfClient("A-b9_xYzoAMCK1g=", "key"));
    }
}
