using ChatEvents.Contracts;
using ChatEvents.Routes;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class RouteSettingLimitTests
{
    [Fact]
    public void What_is_set_to_nothing_is_not_set()
    {
        var settings = RouteSettings.FromEnvironment(_ => "");

        Assert.Equal((null, null, GuestId.DefaultKey), (settings.CallbackEndpoint, settings.BansTable, settings.GuestKey));
        Assert.Equal((RegistryTables.Rooms, RegistryTables.Connections), (settings.RoomsTable, settings.ConnectionsTable));
        Assert.Equal((QueueNames.Connections, QueueNames.Messages), (settings.Queues.Connections, settings.Queues.Messages));
        Assert.Equal((10, 20, TimeSpan.FromSeconds(2)), (settings.MessagesPerSecond, settings.MessagesBurst, settings.MembershipPatience));
    }

    [Fact]
    public void Bans_guests_and_rates_have_variables_too()
    {
        var settings = RouteSettings.FromEnvironment(name => name switch
        {
            "BANS_TABLE" => "DevBans",
            "GUEST_KEY" => "key",
            "MESSAGES_PER_SECOND" => "7",
            "MESSAGES_BURST" => "9",
            _ => null,
        });

        Assert.Equal(("DevBans", "key", 7, 9), (settings.BansTable, settings.GuestKey, settings.MessagesPerSecond, settings.MessagesBurst));
    }

    [Theory]
    [InlineData("MAX_MESSAGE_BYTES", 1, 131_072)]
    [InlineData("MEMBERSHIP_PATIENCE_SECONDS", 0, 10)]
    [InlineData("MESSAGES_PER_SECOND", 1, 10_000)]
    [InlineData("MESSAGES_BURST", 1, 100_000)]
    public void A_number_is_within_its_limits_and_on_them(string name, int from, int to)
    {
        foreach (var right in (int[])[from, to]) Read(name, right);
        foreach (var wrong in (int[])[from - 1, to + 1])
        {
            var problem = Assert.Throws<InvalidSettingException>(() => Read(name, wrong));
            Assert.Equal($"{name} must be from {from} to {to}, but is {wrong}.", problem.Message);
        }
    }

    private static RouteSettings Read(string name, int value) => RouteSettings.FromEnvironment(asked => asked == name ? $"{value}" : null);
}
