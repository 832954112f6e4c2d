using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class AllowedEndpointsTests
{
    [Theory]
    [InlineData("eu-central-1", "https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("eu-central-1", "https://K3X9AB12CD.execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("eu-central-1", "https://k3x9ab12cd-vpce-1a2b.execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("eu-central-1", "https://k3x9ab12cd.execute-api.eu-central-1.api.aws/prod")]
    [InlineData("cn-north-1", "https://k3x9ab12cd.execute-api.cn-north-1.amazonaws.com.cn/prod")]
    [InlineData("us-gov-west-1", "https://k3x9ab12cd.execute-api.us-gov-west-1.amazonaws.com/prod")]
    public void Hosts_of_API_Gateway_in_the_own_region_are_allowed(string region, string address) =>
        Assert.True(new AllowedEndpoints(region, []).Allow(address));

    [Theory]
    [InlineData("http://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com:8443/prod")]
    [InlineData("https://k3x9ab12cd.execute-api.us-east-1.amazonaws.com/prod")]
    [InlineData("https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com.cn/prod")]
    [InlineData("https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com.example.com/prod")]
    [InlineData("https://example.com/k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("https://execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("https://.execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("https://a.b.execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("https://user@k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod")]
    [InlineData("https://169.254.169.254/latest")]
    [InlineData("http://localhost:8080/local")]
    [InlineData("chat.example.com/prod")]
    [InlineData("")]
    public void Others_are_not(string address) => Assert.False(new AllowedEndpoints("eu-central-1", []).Allow(address));

    [Fact]
    public void Without_a_region_no_host_of_API_Gateway_is_known() =>
        Assert.False(new AllowedEndpoints(region: null, []).Allow("https://k3x9ab12cd.execute-api.eu-central-1.amazonaws.com/prod"));

    [Theory]
    [InlineData("https://chat.example.com", "https://chat.example.com/prod", true)]
    [InlineData("https://chat.example.com/", "https://CHAT.example.com", true)]
    [InlineData("https://chat.example.com/live", "https://chat.example.com/live", true)]
    [InlineData("https://chat.example.com/live", "https://chat.example.com/live/more", true)]
    [InlineData("https://chat.example.com/live", "https://chat.example.com/lively", false)]
    [InlineData("https://chat.example.com/live", "https://chat.example.com/live/../dev", false)]
    [InlineData("https://chat.example.com", "http://chat.example.com", false)]
    [InlineData("https://chat.example.com", "https://chat.example.com:8443", false)]
    [InlineData("https://chat.example.com", "https://chat.example.com.evil.example", false)]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.1:8080/local", true)]
    [InlineData("http://127.0.0.1:0", "http://127.0.0.2:8080/local", false)]
    public void A_further_URL_allows_what_is_below_it(string allowed, string address, bool isAllowed) =>
        Assert.Equal(isAllowed, new AllowedEndpoints("eu-central-1", [allowed]).Allow(address));
}
