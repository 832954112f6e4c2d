using System.Net;
using System.Text.Json;
using ChatEvents.Routes.Aws;
using ChatEvents.Testing;
using static ChatEvents.RoutesTests.Aws.RecordingHttp;

namespace ChatEvents.RoutesTests.Aws;

/// <summary>Transient failures are retried, others are reported at once.</summary>
public sealed class AwsClientTests
{
    private static readonly Func<CancellationToken, Task<HttpResponseMessage>> Success = Answer(HttpStatusCode.OK, """{"MessageId":"1"}""");

    private readonly FakeTime _time = new(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));

    [Fact(Timeout = 30_000)]
    public async Task A_call_is_a_signed_post_that_names_its_operation()
    {
        var http = new RecordingHttp(Success);

        using var answer = await CallAsync(http, TestContext.Current.CancellationToken);

        Assert.Equal("1", answer.RootElement.GetProperty("MessageId").GetString());
        var request = Assert.Single(http.Requests);
        Assert.Equal((HttpMethod.Post, "https://sqs.eu-central-1.amazonaws.com/"), (request.Method, request.RequestUri!.ToString()));
        Assert.Equal("AmazonSQS.SendMessage", request.Headers.GetValues("X-Amz-Target").Single());
        Assert.Equal("20261121T120000Z", request.Headers.GetValues("X-Amz-Date").Single());
        Assert.Equal("token", request.Headers.GetValues("X-Amz-Security-Token").Single());
        Assert.StartsWith(
            "AWS4-HMAC-SHA256 Credential=id/20261121/eu-central-1/sqs/aws4_request, "
            + "SignedHeaders=host;x-amz-content-sha256;x-amz-date;x-amz-security-token;x-amz-target, Signature=",
            request.Headers.GetValues("Authorization").Single());
        Assert.Equal("application/x-amz-json-1.0", request.Content!.Headers.GetValues("Content-Type").Single());
    }

    public static TheoryData<Func<CancellationToken, Task<HttpResponseMessage>>> WhatMayPass => new(
        Answer(HttpStatusCode.InternalServerError, ""),
        Answer(HttpStatusCode.ServiceUnavailable, "<html>busy</html>"),
        Answer(HttpStatusCode.TooManyRequests, "{}"),
        Answer(HttpStatusCode.BadRequest, """{"__type":"com.amazonaws.sqs#RequestThrottled","message":"Slow down"}"""),
        Answer(HttpStatusCode.BadRequest, """{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException"}"""),
        Answer(HttpStatusCode.OK, "<html>a proxy's page</html>"),
        Fail(new HttpRequestException("Connection refused")),
        Fail(new IOException("Connection reset by peer")));

    [Theory(Timeout = 30_000)]
    [MemberData(nameof(WhatMayPass))]
    public async Task A_failure_that_may_pass_is_tried_again_after_a_growing_pause(Func<CancellationToken, Task<HttpResponseMessage>> failure)
    {
        var cancellation = TestContext.Current.CancellationToken;
        var http = new RecordingHttp(failure, failure, Success);

        var calling = CallAsync(http, cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(100), cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(200), cancellation);

        using var answer = await calling;
        Assert.Equal(3, http.Requests.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task An_attempt_that_hangs_is_given_up_and_tried_again()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var http = new RecordingHttp(HangAsync, Success);

        var calling = CallAsync(http, cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromSeconds(5), cancellation);
        await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(100), cancellation);

        using var answer = await calling;
        Assert.Equal(2, http.Requests.Count);
    }

    [Fact(Timeout = 30_000)]
    public async Task After_four_attempts_the_last_failure_is_told()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var http = new RecordingHttp(Answer(HttpStatusCode.ServiceUnavailable, ""));

        var calling = CallAsync(http, cancellation);
        foreach (var pause in (int[])[100, 200, 400])
        {
            await _time.AdvanceToTimerAsync(TimeSpan.FromMilliseconds(pause), cancellation);
        }

        var failure = await Assert.ThrowsAsync<AwsCallException>(() => calling);
        Assert.Equal("AmazonSQS.SendMessage was refused: status 503.", failure.Message);
        Assert.Equal(4, http.Requests.Count);
    }

    [Theory(Timeout = 30_000)]
    [InlineData("""{"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"No such queue."}""", "QueueDoesNotExist, No such queue.")]
    [InlineData("""{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"Not authorized."}""", "AccessDeniedException, Not authorized.")]
    [InlineData("[]", "status 400.")]
    [InlineData("", "status 400.")]
    public async Task A_refusal_is_told_at_once(string body, string reason)
    {
        var http = new RecordingHttp(Answer(HttpStatusCode.BadRequest, body));

        var refusal = await Assert.ThrowsAsync<AwsCallException>(() => CallAsync(http, TestContext.Current.CancellationToken));

        Assert.Equal($"AmazonSQS.SendMessage was refused: {reason}", refusal.Message);
        Assert.Single(http.Requests);
    }

    [Fact(Timeout = 30_000)]
    public async Task Nothing_is_tried_again_when_the_time_to_answer_is_over()
    {
        using var answering = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        var http = new RecordingHttp(HangAsync);

        var calling = CallAsync(http, answering.Token);
        await answering.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => calling);
        Assert.Single(http.Requests);
    }

    private async Task<JsonDocument> CallAsync(RecordingHttp http, CancellationToken cancellation)
    {
        using var invoker = new HttpMessageInvoker(http);
        var client = new AwsClient(
            new AwsEndpoint("sqs", "eu-central-1", new Uri("https://sqs.eu-central-1.amazonaws.com")),
            () => new AwsKeys("id", "secret", "token"),
            invoker,
            _time,
            jitter: () => 1);
        return await client.CallAsync("AmazonSQS.SendMessage", json => json.WriteString("MessageBody", "hello"), cancellation);
    }
}
