using System.Net;
using System.Text.Json;
using ChatEvents.GatewayTests.Harness;
using ChatEvents.LocalGateway.Configuration;
using ChatEvents.Testing;

namespace ChatEvents.GatewayTests;

/// <summary>POST, GET and DELETE on <c>@connections</c>, with the statuses, headers and bodies that SDKs look at.</summary>
public sealed class ManagementApiTests
{
    private const int MessageLimit = 128 * 1024;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory(Timeout = 60_000)]
    [InlineData("@connections", "=")]
    [InlineData("@connections", "%3D")]
    [InlineData("%40connections", "=")]
    [InlineData("%40connections", "%3D")]
    [InlineData("%40connections", "%3d")]
    public async Task The_at_sign_and_the_equals_sign_may_be_encoded_or_not(string connections, string equals)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        using var post = await gateway.Http.PostAsync(
            $"/local/{connections}/{id.Replace("=", equals, StringComparison.Ordinal)}", new StringContent("hello"), cancellation);
        Assert.Equal(HttpStatusCode.OK, post.StatusCode);
        Assert.Equal("hello", await socket.ReceiveTextAsync(cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("POST")]
    [InlineData("GET")]
    [InlineData("DELETE")]
    public async Task An_unknown_id_is_gone_with_an_empty_body(string method)
    {
        await using var gateway = await StartAsync();
        using var answer = await gateway.Http.SendAsync(
            new HttpRequestMessage(new HttpMethod(method), "/local/@connections/Qv7kLd3mIAMCJw8="), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Gone, answer.StatusCode);
        Assert.Equal("GoneException", answer.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal(0, answer.Content.Headers.ContentLength);
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("abc")]
    [InlineData("Qv7kLd3mIAMCJw8x")]
    [InlineData("Qv7kLd3mIAMCJw==")]
    [InlineData("Qv7kLd3m%22AMCJw8=")]
    public async Task An_id_in_no_valid_form_is_a_bad_request(string id)
    {
        await using var gateway = await StartAsync();
        using var answer = await gateway.PostAsync(id, "x");
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal("BadRequestException", answer.Headers.GetValues("x-amzn-ErrorType").Single());
        using var body = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal($"Invalid connectionId: {Uri.UnescapeDataString(id)}", body.RootElement.Text("message"));
    }

    [Theory(Timeout = 60_000)]
    [InlineData("/other/@connections/Qv7kLd3mIAMCJw8=")]
    [InlineData("/@connections/Qv7kLd3mIAMCJw8=")]
    [InlineData("/local/@connections/@connections/Qv7kLd3mIAMCJw8=")]
    [InlineData("/local/@connections")]
    [InlineData("/")]
    public async Task A_wrong_stage_or_path_is_forbidden(string path)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var answer = await gateway.Http.PostAsync(path, new StringContent("x"), cancellation);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal("ForbiddenException", answer.Headers.GetValues("x-amzn-ErrorType").Single());
        Assert.Equal("""{"message":"Forbidden"}""", await answer.Content.ReadAsStringAsync(cancellation));
    }

    [Theory(Timeout = 60_000)]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_post_of_128_KB_is_delivered_and_one_byte_more_is_413(bool chunked)
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();

        using var fits = await SendAsync(new string('x', MessageLimit));
        Assert.Equal(HttpStatusCode.OK, fits.StatusCode);
        Assert.Equal(MessageLimit, (await socket.ReceiveTextAsync(cancellation)).Length);

        using var tooLong = await SendAsync(new string('x', MessageLimit + 1));
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, tooLong.StatusCode);
        Assert.Equal("PayloadTooLargeException", tooLong.Headers.GetValues("x-amzn-ErrorType").Single());

        Task<HttpResponseMessage> SendAsync(string text)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, $"/local/@connections/{id}") { Content = new StringContent(text) };
            request.Headers.TransferEncodingChunked = chunked;
            return gateway.Http.SendAsync(request, cancellation);
        }
    }

    [Fact(Timeout = 60_000)]
    public async Task GET_tells_when_the_client_connected_and_was_last_active()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var time = new FakeTime();
        await using var gateway = await StartAsync(time: time);
        await using var client = await RawClient.ConnectAsync(gateway, "User-Agent: MyClient/1.0");
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        time.Advance(TimeSpan.FromMilliseconds(1518));
        using var post = await gateway.PostAsync(id, "x");

        using var answer = JsonDocument.Parse(await gateway.Http.GetStringAsync($"/local/@connections/{id}", cancellation));
        Assert.Equal("2026-11-21T12:00:00.000Z", answer.RootElement.Text("connectedAt"));
        Assert.Equal("2026-11-21T12:00:01.518Z", answer.RootElement.Text("lastActiveAt"));
        Assert.Equal("127.0.0.1", answer.RootElement.GetProperty("identity").Text("sourceIp"));
        Assert.Equal("MyClient/1.0", answer.RootElement.GetProperty("identity").Text("userAgent"));
    }

    [Fact(Timeout = 60_000)]
    public async Task DELETE_closes_with_1000_and_invokes_disconnect_once_and_a_second_DELETE_is_gone()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();

        using var deleted = await gateway.Http.DeleteAsync($"/local/@connections/{id}", cancellation);
        Assert.Equal(HttpStatusCode.NoContent, deleted.StatusCode);
        Assert.Null(deleted.Content.Headers.ContentType);
        using var again = await gateway.Http.DeleteAsync($"/local/@connections/{id}", cancellation);
        Assert.Equal(HttpStatusCode.Gone, again.StatusCode);

        Assert.Equal((1000, "Connection Closed Normally"), await socket.ReceiveCloseAsync(cancellation));
        await gateway.StopAsync();
        var context = Assert.Single(gateway.Seen("disconnect")).Context();
        Assert.Equal(("1000", "Connection Closed Normally"), (context.Text("disconnectStatusCode"), context.Text("disconnectReason")));
    }

    [Fact(Timeout = 60_000)]
    public async Task Posts_that_were_answered_one_after_the_other_arrive_in_that_order()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var gateway = await StartAsync();
        using var socket = await gateway.ConnectAsync(cancellation);
        var id = (await gateway.EventAsync("connect", cancellation)).ConnectionId();
        for (var i = 0; i < 200; i++)
            (await gateway.PostAsync(id, $"{i}")).Dispose();
        for (var i = 0; i < 200; i++)
            Assert.Equal($"{i}", await socket.ReceiveTextAsync(cancellation));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_client_that_does_not_read_fills_its_send_buffer_and_posts_are_answered_429()
    {
        await using var gateway = await StartAsync();
        await using var client = await RawClient.ConnectAsync(gateway);
        var id = (await gateway.EventAsync("connect", TestContext.Current.CancellationToken)).ConnectionId();

        // The operating system buffers some megabytes before the gateway's own buffer fills.
        HttpStatusCode status;
        var accepted = 0;
        while (true)
        {
            using var post = await gateway.PostAsync(id, new byte[MessageLimit]);
            status = post.StatusCode;
            if (status != HttpStatusCode.OK)
            {
                Assert.Equal("LimitExceededException", post.Headers.GetValues("x-amzn-ErrorType").Single());
                break;
            }

            accepted++;
        }

        Assert.Equal(HttpStatusCode.TooManyRequests, status);
        for (var i = 0; i < accepted * 4; i++)
            Assert.Equal(MessageLimit / 4, (await client.ReadFrameAsync()).Payload.Length);
        using var room = await gateway.PostAsync(id, "there is room again");
        Assert.Equal(HttpStatusCode.OK, room.StatusCode);
        Assert.Equal("there is room again", (await client.ReadFrameAsync()).Text);
    }

    private static async Task<TestGateway> StartAsync(Action<GatewayOptions>? configure = null, TimeProvider? time = null)
    {
        var gateway = await TestGateway.StartAsync(Cancellation, options =>
        {
            Api.AllRoutes(options);
            configure?.Invoke(options);
        }, time);
        gateway.ServeAll();
        return gateway;
    }
}
