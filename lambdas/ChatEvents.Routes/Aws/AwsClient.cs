using System.Buffers;
using System.Net;
using System.Text.Json;
using ChatEvents.Contracts;

namespace ChatEvents.Routes.Aws;

/// <summary>
/// Calls operations of an AWS service that speaks JSON 1.0: SQS and DynamoDB. It replaces AWSSDK because the first call through the
/// SDK's pipeline costs more than everything else in a cold start; the figures are in <c>docs/cold-start.md</c>.
/// </summary>
/// <param name="endpoint">The service.</param>
/// <param name="keys">Read before each attempt.</param>
/// <param name="http">Shared by all clients of a process.</param>
/// <param name="time">The clock of signatures, limits and pauses.</param>
/// <param name="jitter">Numbers from 0 to 1.</param>
public sealed class AwsClient(AwsEndpoint endpoint, Func<AwsKeys> keys, HttpMessageInvoker http, TimeProvider time, Func<double> jitter)
{
    /// <summary>How often a call is attempted while it fails for a transient reason. Arbitrary; the SDK's default is 3.</summary>
    private const int MaxAttempts = 4;

    private static readonly Backoff Backoff = new(TimeSpan.FromMilliseconds(100));

    /// <summary>The limit of one attempt. A call usually takes 10 ms; a connection that hangs must not use up the time to answer.</summary>
    private static readonly TimeSpan AttemptTimeout = TimeSpan.FromSeconds(5);

    /// <param name="target">Name of the operation in the header <c>X-Amz-Target</c>.</param>
    /// <param name="write">Writes the members of the request.</param>
    /// <param name="answering">Cancelled when an answer would come too late.</param>
    /// <returns>The service's answer.</returns>
    /// <exception cref="AwsCallException">The service refused, or could not be reached.</exception>
    public async Task<JsonDocument> CallAsync(string target, Action<Utf8JsonWriter> write, CancellationToken answering)
    {
        var content = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(content))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryAsync(target, content.WrittenMemory, answering);
            }
            catch (AwsCallException failure) when (failure.IsTransient && attempt < MaxAttempts)
            {
                await Task.Delay(Backoff.After(attempt, jitter), time, answering);
            }
        }
    }

    private async Task<JsonDocument> TryAsync(string target, ReadOnlyMemory<byte> content, CancellationToken answering)
    {
        using var timeout = new CancellationTokenSource(AttemptTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(answering, timeout.Token);
        try
        {
            using var request = Sign(target, content);
            using var response = await http.SendAsync(request, either.Token);
            var body = await response.Content.ReadAsByteArrayAsync(either.Token);
            return response.StatusCode == HttpStatusCode.OK
                ? JsonDocument.Parse(body)
                : throw AwsRefusal.Of(target, response.StatusCode, body);
        }
        catch (OperationCanceledException) when (!answering.IsCancellationRequested)
        {
            throw new AwsCallException($"{target} was not answered within {AttemptTimeout.TotalSeconds} s.", isTransient: true);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            throw new AwsCallException($"{target} did not get through to {endpoint.Url}: {failure.Message}", isTransient: true, failure);
        }
        catch (JsonException noJson)
        {
            throw new AwsCallException($"{target} was answered with something that is not JSON.", isTransient: true, noJson);
        }
    }

    private HttpRequestMessage Sign(string target, ReadOnlyMemory<byte> content)
    {
        var signer = keys();
        var signature = AwsSignature.Of(endpoint, target, content.Span, signer, time.GetUtcNow());
        var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = new ReadOnlyMemoryContent(content) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", endpoint.ContentType);
        request.Headers.TryAddWithoutValidation("X-Amz-Target", target);
        request.Headers.TryAddWithoutValidation("X-Amz-Date", signature.Timestamp);
        request.Headers.TryAddWithoutValidation("X-Amz-Content-SHA256", signature.ContentHash);
        request.Headers.TryAddWithoutValidation("Authorization", signature.Authorization);
        if (signer.SessionToken is not null)
        {
            request.Headers.TryAddWithoutValidation("X-Amz-Security-Token", signer.SessionToken);
        }

        return request;
    }
}
