using System.Diagnostics;
using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class TraceContextTests
{
    private const string Root = "1-5759e988-bd862e3fe1be46a994272793", Parent = "53995c3f42cd8ad8";

    [Theory]
    [InlineData($"Root={Root};Parent={Parent};Sampled=1", "01")]
    [InlineData($"Root={Root};Parent={Parent};Sampled=0", "00")]
    [InlineData($"Root={Root}; Parent={Parent}", "00")]
    [InlineData($"Sampled=1 ;Parent={Parent}; Root={Root};Lineage=1:abc:0", "01")]
    public void A_header_of_X_Ray_continues_the_same_trace(string header, string flags)
    {
        var context = TraceContext.FromXRay(header);

        Assert.Equal($"00-5759e988bd862e3fe1be46a994272793-{Parent}-{flags}", context.TraceParent);
        Assert.Equal(header, context.XRayHeader);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData($"Root={Root}")]
    [InlineData($"Parent={Parent};Sampled=1")]
    [InlineData($"Root=2-5759e988-bd862e3fe1be46a994272793;Parent={Parent}")]
    [InlineData($"Root=1-5759e988;Parent={Parent}")]
    public void Anything_else_gives_no_context(string? header) => Assert.Equal(default, TraceContext.FromXRay(header));

    [Fact]
    public void The_current_activity_gives_its_id_if_that_is_of_the_W3C()
    {
        Assert.Null(TraceContext.Current.TraceParent);
        using (var activity = new Activity("test").SetIdFormat(ActivityIdFormat.W3C).Start())
            Assert.Equal(activity.Id, TraceContext.Current.TraceParent);
        using (new Activity("test").SetIdFormat(ActivityIdFormat.Hierarchical).Start())
            Assert.Null(TraceContext.Current.TraceParent);
    }
}
