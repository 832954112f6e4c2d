using ChatEvents.Contracts;

namespace ChatEvents.UnitTests.Contracts;

public sealed class ErrorFrameTests
{
    private static readonly ErrorFrame Frame = new(ErrorCode.RateLimited, "Not \"so\" fast.\n")
    {
        FrameId = "2",
        MessageId = "m42=",
        RequestId = "Qv7mVHZSoAMFkJw=",
        RetryAfterSeconds = 1,
    };

    [Fact]
    public void The_JSON_dialect_has_a_code_and_all_that_the_error_is_about() => Assert.Equal(
        """{"type":"error","id":"2","code":"rate_limited","error":"Not \"so\" fast.\n","messageId":"m42=","retryAfter":1,"requestId":"Qv7mVHZSoAMFkJw="}""",
        Frame.In(Dialect.Json));

    [Fact]
    public void The_plain_dialect_has_a_sentence_for_a_person() => Assert.Equal(
        """{"error":"Not \"so\" fast.\n","messageId":"m42=","requestId":"Qv7mVHZSoAMFkJw="}""", Frame.In(Dialect.Plain));

    [Fact]
    public void What_is_about_nothing_says_nothing()
    {
        var frame = new ErrorFrame(ErrorCode.Forbidden, "No.");

        Assert.Equal("""{"error":"No."}""", frame.In(Dialect.Plain));
        Assert.Equal("""{"type":"error","code":"forbidden","error":"No."}""", frame.In(Dialect.Json));
    }

    [Theory]
    [InlineData("a", true)]
    [InlineData("A-z_0.9", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("a:b", false)]
    [InlineData("ü", false)]
    public void An_id_of_a_frame_has_the_characters_of_a_name(string id, bool isValid)
    {
        Assert.Equal(isValid, FrameId.IsValid(id));
        Assert.True(FrameId.IsValid(new('x', FrameId.MaxLength)));
        Assert.False(FrameId.IsValid(new('x', FrameId.MaxLength + 1)));
        Assert.False(FrameId.IsValid(null));
    }

    [Fact]
    public void An_instant_is_written_in_UTC_to_the_millisecond() => Assert.Equal(
        "2026-11-21T11:36:01.242Z", Timestamp.Of(new DateTimeOffset(2026, 11, 21, 12, 36, 1, 242, TimeSpan.FromHours(1)).AddTicks(9)));
}
