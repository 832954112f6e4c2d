using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Amazon.Runtime;

namespace ChatEvents.Testing.Rights;

/// <summary>
/// Stands between a program and the servers of DynamoDB and SQS, and refuses what the program has no right to, as AWS does: the emulators
/// let everybody do everything.
/// </summary>
/// <param name="rights">What is allowed, as in <see cref="DeployedRights"/>.</param>
/// <param name="resourceOf">What a table or queue of this name or URL is called there; a name that it does not know, it gives back.</param>
public sealed class GuardedCalls(IEnumerable<string> rights, Func<string, string> resourceOf) : HttpClientFactory
{
    private readonly HashSet<string> _rights = [.. rights];
    private readonly ConcurrentDictionary<string, bool> _needed = [];

    /// <summary>The rights that the calls so far needed, in alphabetical order.</summary>
    public IReadOnlyList<string> Needed => [.. _needed.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Those among them that the program does not have.</summary>
    public IReadOnlyList<string> Refused => [.. Needed.Where(right => !_rights.Contains(right))];

    public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
        new(new GuardHandler(this)) { Timeout = clientConfig.Timeout ?? TimeSpan.FromSeconds(100) };

    /// <summary>Notes what a request needs.</summary>
    /// <param name="target">The header <c>X-Amz-Target</c>.</param>
    /// <param name="request">The body.</param>
    /// <returns>Null, or a right that the program does not have.</returns>
    public string? Check(string target, JsonNode request)
    {
        var operation = target[(target.IndexOf('.', StringComparison.Ordinal) + 1)..];
        if (target.StartsWith("AmazonSQS.", StringComparison.Ordinal))
            return CheckQueue(operation, (string)(request["QueueUrl"] ?? request["QueueName"])!);
        var tables = request["RequestItems"] is JsonObject items ? items.Select(item => item.Key) : [(string)request["TableName"]!];
        return tables.Select(table => CheckTable(operation, table)).ToList().Find(lacking => lacking is not null);
    }

    /// <summary>As <see cref="Check(string, JsonNode)"/>, of one operation of DynamoDB.</summary>
    public string? CheckTable(string operation, string table) => Check($"dynamodb:{operation} on {resourceOf(table)}");

    /// <summary>
    /// As <see cref="Check(string, JsonNode)"/>, of one operation of SQS; a batch of some action needs the right to the action itself.
    /// </summary>
    public string? CheckQueue(string operation, string queue) => Check(
        $"sqs:{(operation.EndsWith("Batch", StringComparison.Ordinal) ? operation[..^"Batch".Length] : operation)} on {resourceOf(queue)}");

    private string? Check(string right)
    {
        _needed.TryAdd(right, true);
        return _rights.Contains(right) ? null : right;
    }

    private sealed class GuardHandler(GuardedCalls guard) : DelegatingHandler(new SocketsHttpHandler())
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var body = JsonNode.Parse(await request.Content!.ReadAsByteArrayAsync(cancellationToken))!;
            var lacking = guard.Check(request.Headers.GetValues("X-Amz-Target").Single(), body);
            return lacking is null
                ? await base.SendAsync(request, cancellationToken)
                : new HttpResponseMessage(HttpStatusCode.BadRequest)
                {
                    RequestMessage = request,
                    Content = new StringContent(
                        $$"""{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"no right to {{lacking}}"}""",
                        Encoding.UTF8,
                        "application/x-amz-json-1.0"),
                };
        }
    }
}
