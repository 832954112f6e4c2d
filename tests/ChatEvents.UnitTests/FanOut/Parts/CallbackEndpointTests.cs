using ChatEvents.Contracts;
using ChatEvents.FanOut.Rooms;

namespace ChatEvents.UnitTests.FanOut.Parts;

public sealed class CallbackEndpointTests
{
    [Theory]
    [InlineData("https://ws.example.com/prod", "ws.example.com", "https://ws.example.com/prod/%40connections/", "/prod/%2540connections/")]
    [InlineData("https://ws.example.com/prod/", "ws.example.com", "https://ws.example.com/prod/%40connections/", "/prod/%2540connections/")]
    [InlineData("https://ws.example.com", "ws.example.com", "https://ws.example.com/%40connections/", "/%2540connections/")]
    [InlineData("http://localhost:8080/a%20b", "localhost:8080", "http://localhost:8080/a%20b/%40connections/", "/a%2520b/%2540connections/")]
    [InlineData("https://[2001:db8::1]/prod", "[2001:db8::1]", "https://[2001:db8::1]/prod/%40connections/", "/prod/%2540connections/")]
    [InlineData("https://b\u00fccher.example/prod", "xn--bcher-kva.example", "https://xn--bcher-kva.example/prod/%40connections/", "/prod/%2540connections/")]
    public void The_parts_of_every_post_are_computed_once(string address, string host, string connections, string canonical)
    {
        var endpoint = new CallbackEndpoint(address);

        Assert.Equal((host, connections, canonical), (endpoint.Host, endpoint.Connections, endpoint.CanonicalPath));
    }

    [Fact]
    public void What_is_no_address_is_named()
    {
        var problem = Assert.Throws<FormatException>(() => new CallbackEndpoint("nowhere"));

        Assert.Equal("'nowhere' is no http or https address to post to.", problem.Message);
    }

    [Theory]
    [InlineData("AZaz09-_.~", "AZaz09-_.~")]
    [InlineData("Qv7kLd3mIAMCJw8=", "Qv7kLd3mIAMCJw8%3D")]
    [InlineData("a/b", "a%2Fb")]
    public void An_id_is_escaped_as_far_as_it_must_be(string id, string escaped) => Assert.Equal(escaped, CallbackEndpoint.Escape(id));

    [Fact]
    public void A_handshake_and_a_join_are_recent_up_to_their_limits()
    {
        var now = DateTimeOffset.UnixEpoch.AddYears(50);
        var connection = new Connection("c=", new CallbackEndpoint("https://ws.example.com"), now) { JoinedAt = now.AddMinutes(1) };

        Assert.Equal(now, new Connection("c=", connection.Endpoint, now).JoinedAt);
        Assert.True(connection.IsInHandshake(now + Limits.HandshakeGrace - TimeSpan.FromTicks(1)));
        Assert.False(connection.IsInHandshake(now + Limits.HandshakeGrace));
        Assert.True(connection.JoinedRecently(now.AddMinutes(1) + Connection.JoinedRecentlyFor - TimeSpan.FromTicks(1)));
        Assert.False(connection.JoinedRecently(now.AddMinutes(1) + Connection.JoinedRecentlyFor));
    }
}
