using ChatEvents.Contracts;
using ChatEvents.Routes;

namespace ChatEvents.RoutesTests.Handlers;

public sealed class RouteSettingsTests
{
    [Fact]
    public void Nothing_needs_to_be_set()
    {
        var settings = RouteSettings.FromEnvironment(_ => null);

        Assert.Null(settings.CallbackEndpoint);
        Assert.Equal(Limits.DefaultMaxChatMessageBytes, settings.MaxMessageBytes);
        Assert.Equal(("connections", "messages.fifo"), (settings.Queues.Connections, settings.Queues.Messages));
        Assert.Equal((RegistryTables.Rooms, RegistryTables.Connections), (settings.RoomsTable, settings.ConnectionsTable));
        Assert.Equal(TimeSpan.FromSeconds(2), settings.MembershipPatience);
    }

    [Fact]
    public void Variables_are_read()
    {
        var settings = RouteSettings.FromEnvironment(name => name switch
        {
            "CALLBACK_ENDPOINT" => "https://ws.example.com/chat/",
            "MAX_MESSAGE_BYTES" => "131072",
            "CONNECTIONS_QUEUE" => "dev-connections",
            "MESSAGES_QUEUE" => "https://sqs.eu-central-1.amazonaws.com/111122223333/dev-messages.fifo",
            "ROOMS_TABLE" => "DevRooms",
            "CONNECTIONS_TABLE" => "DevChat",
            "MEMBERSHIP_PATIENCE_SECONDS" => "10",
            _ => null,
        });

        Assert.Equal(("DevRooms", "DevChat"), (settings.RoomsTable, settings.ConnectionsTable));
        Assert.Equal(TimeSpan.FromSeconds(10), settings.MembershipPatience);
        Assert.Equal("https://ws.example.com/chat", settings.CallbackEndpoint);
        Assert.Equal(131072, settings.MaxMessageBytes);
        Assert.Equal("dev-connections", settings.Queues.Connections);
        Assert.Equal("https://sqs.eu-central-1.amazonaws.com/111122223333/dev-messages.fifo", settings.Queues.Messages);
    }

    [Theory]
    [InlineData("MAX_MESSAGE_BYTES", "0", "MAX_MESSAGE_BYTES must be from 1 to 131072, but is 0.")]
    [InlineData("MAX_MESSAGE_BYTES", "131073", "MAX_MESSAGE_BYTES must be from 1 to 131072, but is 131073.")]
    [InlineData("MAX_MESSAGE_BYTES", "64 KB", "MAX_MESSAGE_BYTES must be from 1 to 131072, but is 64 KB.")]
    [InlineData("MEMBERSHIP_PATIENCE_SECONDS", "11", "MEMBERSHIP_PATIENCE_SECONDS must be from 0 to 10, but is 11.")]
    [InlineData("CALLBACK_ENDPOINT", "ws.example.com", "CALLBACK_ENDPOINT must be an http or https URL, but is ws.example.com.")]
    [InlineData("CALLBACK_ENDPOINT", "wss://ws.example.com", "CALLBACK_ENDPOINT must be an http or https URL, but is wss://ws.example.com.")]
    public void A_variable_that_makes_no_sense_is_named(string name, string value, string sentence)
    {
        var wrong = Assert.Throws<InvalidSettingException>(
            () => RouteSettings.FromEnvironment(asked => asked == name ? value : null));

        Assert.Equal(sentence, wrong.Message);
    }
}
