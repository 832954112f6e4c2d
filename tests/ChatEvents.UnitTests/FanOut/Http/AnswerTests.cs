using System.Diagnostics;
using ChatEvents.Contracts;
using ChatEvents.FanOut;
using ChatEvents.FanOut.Posting;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ChatEvents.UnitTests.FanOut.Http;

/// <summary>What posts carry, and what becomes of the gateway's answers.</summary>
public abstract class AnswerTests(HttpChoice http, string protocol) : PostsOverHttp(http)
{
    [Theory(Timeout = 60_000)]
    [InlineData(200, DeliveryOutcome.Delivered, null)]
    [InlineData(204, DeliveryOutcome.Delivered, null)]
    [InlineData(410, DeliveryOutcome.Gone, null)]
    [InlineData(429, DeliveryOutcome.Throttled, null)]
    [InlineData(413, DeliveryOutcome.TooLarge, null)]
    [InlineData(403, DeliveryOutcome.Forbidden, "403")]
    [InlineData(401, DeliveryOutcome.Forbidden, "401")]
    [InlineData(400, DeliveryOutcome.Failed, "400")]
    [InlineData(404, DeliveryOutcome.Failed, "404")]
    [InlineData(500, DeliveryOutcome.Failed, "500")]
    [InlineData(503, DeliveryOutcome.Failed, "503")]
    public async Task Every_answer_is_an_outcome(int status, DeliveryOutcome outcome, string? reason)
    {
        Gateway.OnRequest = Answer(status);

        var delivery = await PostAsync(TestContext.Current.CancellationToken);
        Assert.Equal(new Delivery(outcome, Reason: reason), delivery with { IsRefused = false });
        Assert.Equal(status < 500, delivery.IsAnswer);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_failure_tells_status_and_error_type()
    {
        Gateway.OnRequest = Answer(403, ("x-amzn-ErrorType", "AccessDeniedException"));

        Assert.Equal("403 AccessDeniedException", (await PostAsync(TestContext.Current.CancellationToken)).Reason);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("7", 7)]
    [InlineData("60", 60)]
    [InlineData("86400", 60)]
    [InlineData("99999999999999999999999", 60)]
    [InlineData("Sun, 22 Nov 2026 12:00:00 GMT", 60)] // a day from now
    [InlineData("Sat, 21 Nov 2026 12:00:10 GMT", 10)]
    [InlineData("Sat, 21 Nov 2026 11:59:59 GMT", null)]
    [InlineData("soon", null)]
    public async Task A_throttled_post_tells_how_long_to_wait_but_never_more_than_a_minute(string retryAfter, int? seconds)
    {
        Gateway.OnRequest = Answer(429, ("Retry-After", retryAfter));

        Assert.Equal(seconds, (await PostAsync(TestContext.Current.CancellationToken)).RetryAfter?.TotalSeconds);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_names_its_connection_in_the_path_and_is_signed_for_the_session()
    {
        var seen = new Recorded<(string Method, string Target, string Protocol, string Body, Dictionary<string, string> Headers)>();
        Gateway.OnRequest = async context => seen.Add((
            context.Request.Method,
            context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget,
            context.Request.Protocol,
            await BodyOfAsync(context),
            context.Request.Headers.ToDictionary(header => header.Key, header => $"{header.Value}", StringComparer.OrdinalIgnoreCase)));

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync(TestContext.Current.CancellationToken, "Echo: grüß dich"));

        var request = Assert.Single(seen.All);
        Assert.Equal(("POST", "/prod/%40connections/Qv7kLd3mIAMCJw8%3D", protocol, "Echo: grüß dich"), (request.Method, request.Target, request.Protocol, request.Body));
        Assert.Equal($"localhost:{Gateway.Port}", request.Headers["Host"]);
        Assert.Equal("token", request.Headers["X-Amz-Security-Token"]);
        Assert.Equal("20261121T120000Z", request.Headers["X-Amz-Date"]);
        Assert.StartsWith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261121/eu-central-1/execute-api/", request.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_post_carries_what_signs_it_and_nothing_else()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var names = new Recorded<string[]>();
        Gateway.OnRequest = context =>
        {
            names.Add([.. context.Request.Headers.Keys.Where(name => !name.StartsWith(':')).Order(StringComparer.OrdinalIgnoreCase)]);
            context.Response.Headers.SetCookie = "AWSALB=1";
            context.Response.Headers.Location = "/prod/elsewhere";
            context.Response.StatusCode = 307; // which is not followed: the signature would not fit
            return Task.CompletedTask;
        };

        using (new Activity("a walk").Start())
        {
            Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "307") { IsRefused = true }, await PostAsync(cancellation));
            Assert.Equal(new Delivery(DeliveryOutcome.Failed, Reason: "307") { IsRefused = true }, await PostAsync(cancellation));
        }

        string[] expected = ["Authorization", "Content-Length", "Host", "X-Amz-Content-SHA256", "X-Amz-Date", "X-Amz-Security-Token"];
        Assert.Equal(2, names.All.Count);
        Assert.All(names.All, seen => Assert.Equal(expected, seen, StringComparer.OrdinalIgnoreCase));
    }

    [Fact(Timeout = 60_000)]
    public async Task Closing_is_a_DELETE_of_the_connection()
    {
        var methods = new Recorded<string>();
        Gateway.OnRequest = context =>
        {
            methods.Add(context.Request.Method);
            context.Response.StatusCode = 204;
            return Task.CompletedTask;
        };

        Assert.Equal(DeliveryOutcome.Delivered, (await Poster.CloseAsync(Gateway.Endpoint, TestContext.Current.CancellationToken)).Outcome);
        Assert.Equal(["DELETE"], methods.All);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_message_over_128_KB_is_not_even_sent()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var requests = new Recorded<string>();
        Gateway.OnRequest = context =>
        {
            requests.Add(context.Request.Path);
            return Task.CompletedTask;
        };

        Assert.Equal(DeliveryOutcome.TooLarge, (await PostAsync(cancellation, new string('x', Limits.MaxGatewayMessageBytes + 1))).Outcome);
        Assert.Empty(requests.All);
    }

    [Fact(Timeout = 60_000)]
    public async Task Bodies_of_any_size_arrive_whole()
    {
        var bodies = new Recorded<string>();
        Gateway.OnRequest = async context => bodies.Add(await BodyOfAsync(context));

        var texts = Enumerable.Range(0, 300).Select(number => $"text {number} {new string('x', number * 100)}")
            .Append(new string('y', Limits.MaxGatewayMessageBytes))
            .ToList();
        var deliveries = await Task.WhenAll(texts.Select(text => PostAsync(TestContext.Current.CancellationToken, text)));

        Assert.All(deliveries, delivery => Assert.Equal(new Delivery(DeliveryOutcome.Delivered), delivery));
        Assert.Equal(texts.Order(), bodies.All.Order());
    }

    [Fact(Timeout = 60_000)]
    public async Task The_end_of_an_endless_body_is_not_waited_for()
    {
        var cancellation = TestContext.Current.CancellationToken;
        Gateway.OnRequest = async context =>
        {
            var part = new byte[16_000];
            while (!context.RequestAborted.IsCancellationRequested) await context.Response.Body.WriteAsync(part, CancellationToken.None);
        };

        Assert.Equal(new Delivery(DeliveryOutcome.Delivered), await PostAsync(cancellation));
        await AssertThatPostsGoOnAsync(cancellation);
    }

    private static async Task<string> BodyOfAsync(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        return await reader.ReadToEndAsync(Cancellation);
    }
}

public sealed class Http1AnswerTests() : AnswerTests(HttpChoice.Http1, "HTTP/1.1");

public sealed class Http2AnswerTests() : AnswerTests(HttpChoice.Http2, "HTTP/2");
