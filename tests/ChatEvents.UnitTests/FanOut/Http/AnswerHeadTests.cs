using System.Text;
using ChatEvents.FanOut.Posting.Http1;

namespace ChatEvents.UnitTests.FanOut.Http;

public sealed class AnswerHeadTests
{
    [Fact]
    public void Status_length_and_what_the_worker_acts_on_are_read()
    {
        var head = Parse(
            "HTTP/1.1 429 Too Many Requests\r\ncontent-LENGTH: 17\r\nx-amzn-errortype: LimitExceededException\r\nRetry-After:  7 \r\n\r\nbody")!.Value;

        Assert.Equal((429, 17, "LimitExceededException", "7"), (head.Status, head.ContentLength, head.ErrorType, head.RetryAfter));
        Assert.True(head.KeepsOpen);
        Assert.False(head.HasNoBody);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n", true)]
    [InlineData("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", false)]
    [InlineData("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 0\r\n\r\n", true)]
    public void A_socket_is_used_again_only_if_the_gateway_keeps_it_open(string answer, bool keepsOpen) =>
        Assert.Equal(keepsOpen, Parse(answer)!.Value.KeepsOpen);

    [Fact]
    public void A_head_that_is_not_whole_is_waited_for()
    {
        const string Whole = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
        for (var length = 0; length < Whole.Length; length++) Assert.Null(Parse(Whole[..length]));

        Assert.Equal(Whole.Length, Parse(Whole)!.Value.Length);
    }

    [Theory]
    [InlineData("SSH-2.0-OpenSSH_9.6\r\n\r\n")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 -20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nno header\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 12 apples\r\n\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n")]
    public void What_is_no_HTTP_is_said_to_be_none(string answer) => Assert.Throws<InvalidDataException>(() => Parse(answer));

    [Fact]
    public void Random_bytes_are_a_head_none_yet_or_no_HTTP_but_never_anything_else()
    {
        var random = new Random(20261121);
        for (var i = 0; i < 20_000; i++)
        {
            var answer = Encoding.ASCII.GetBytes("HTTP/1.1 200 OK\r\nContent-Length: 12\r\nTransfer-Encoding: chunked\r\nRetry-After: 1\r\n\r\n");
            foreach (var _ in Enumerable.Range(0, random.Next(1, 8)))
            {
                answer[random.Next(answer.Length)] = (byte)random.Next(256);
            }

            try
            {
                if (AnswerHead.Parse(answer) is { } head) Assert.InRange(head.Length, 1, answer.Length);
            }
            catch (InvalidDataException)
            {
                // That is the only exception there may be.
            }
        }
    }

    private static AnswerHead? Parse(string answer) => AnswerHead.Parse(Encoding.ASCII.GetBytes(answer));
}
