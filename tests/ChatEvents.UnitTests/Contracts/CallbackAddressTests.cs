using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class CallbackAddressTests
{
    [Theory]
    [InlineData("https://chat.example.com/prod", "https://chat.example.com/prod")]
    [InlineData("http://localhost:8080/local/", "http://localhost:8080/local")]
    [InlineData("https://chat.example.com///", "https://chat.example.com/")]
    public void A_slash_at_the_end_is_ignored(string address, string parsed) => Assert.Equal(parsed, CallbackAddress.Parse(address)?.ToString());

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("chat.example.com/prod")]
    [InlineData("ws://chat.example.com/prod")]
    [InlineData("http:///prod")]
    [InlineData("https://me@chat.example.com/prod")]
    [InlineData("https://chat.example.com/prod?x=1")]
    [InlineData("https://chat.example.com/prod#x")]
    public void Anything_that_is_no_URL_of_host_and_stage_is_refused(string? address) => Assert.Null(CallbackAddress.Parse(address));

    [Fact]
    public void An_address_has_at_most_1024_characters()
    {
        const string Host = "https://chat.example.com/";

        Assert.NotNull(CallbackAddress.Parse(Host + new string('x', 1_024 - Host.Length)));
        Assert.Null(CallbackAddress.Parse(Host + new string('x', 1_025 - Host.Length)));
    }
}
