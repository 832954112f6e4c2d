using System.ComponentModel.DataAnnotations;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;

namespace ChatEvents.FanOut;

/// <summary>The code that posts to a connection.</summary>
public enum PostingClient
{
    /// <summary>.NET's HTTP client, with a signature whose key is kept for a day.</summary>
    Http,

    /// <summary><c>AWSSDK.ApiGatewayManagementApi</c>; several times the CPU, for comparison and as a way out.</summary>
    Sdk,
}

/// <summary>Which version of HTTP <see cref="PostingClient.Http"/> speaks.</summary>
public enum HttpChoice
{
    /// <summary>
    /// Over https what the gateway chooses of both, HTTP/2 if it can; HTTP/1.1 over plain http, where there is no handshake to ask in. API
    /// Gateway's public endpoints have been seen to choose HTTP/2, private ones HTTP/1.1; AWS documents neither.
    /// </summary>
    Negotiated,

    /// <summary>HTTP/1.1, one request at a time on each socket.</summary>
    Http1,

    /// <summary>HTTP/2, on plain http without asking first.</summary>
    Http2,
}

/// <summary>Section <c>FanOut</c> of the configuration, checked when the program starts.</summary>
public sealed class FanOutOptions : IValidatableObject
{
    public const string Section = "FanOut";

    /// <summary>Section of the settings of the queue of chat messages.</summary>
    public const string QueueSection = "FanOut:Queue";

    /// <summary>Section of the settings of the queue of divided walks.</summary>
    public const string WalkQueueSection = "FanOut:WalkQueue";

    /// <summary>Section of the settings of the queue of late deliveries.</summary>
    public const string LateQueueSection = "FanOut:LateQueue";

    /// <summary>Text of a post to a client of the plain dialect; see <see cref="Rendering.MessageTemplate"/>. Default <c>Echo: {message}</c>, as in the tutorial.</summary>
    public string Template { get; set; } = "Echo: {message}";

    /// <summary>Default <see cref="PostingClient.Http"/>.</summary>
    public PostingClient Client { get; set; }

    /// <summary>Default <see cref="HttpChoice.Negotiated"/>.</summary>
    public HttpChoice Http { get; set; }

    /// <summary>Where to post, instead of the endpoint in each membership row. Default none.</summary>
    public string? CallbackEndpoint { get; set; }

    /// <summary>
    /// Where posts may go besides the execute-api hosts of the worker's region: URLs, each with all paths below it; port 0 means every port. Default none. Posts are
    /// signed, so a row must not be able to send them anywhere. <see cref="CallbackEndpoint"/> is always allowed.
    /// </summary>
    public IList<string> AllowedEndpoints { get; } = [];

    /// <summary>
    /// How many posts are under way at once in this worker. Default 256, from 1 to 512: at 10 to 20 ms per post, that is enough for the
    /// 10,000 posts a second of an account.
    /// </summary>
    [Range(1, 512)]
    public int Concurrency { get; set; } = 256;

    /// <summary>
    /// Time limit of a single post. Default 3 s, from 100 ms to 30 s. PostToConnection has been seen to hang; it usually takes 10 ms.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.100", "00:00:30")]
    public TimeSpan PostTimeout { get; set; } = TimeSpan.FromSeconds(3);

    /// <summary>
    /// The most posts a second that this worker makes. Default 10,000, which is an account's default quota; from 1 to 1,000,000. Below that
    /// it finds its share by what the gateway refuses.
    /// </summary>
    [Range(1, 1_000_000)]
    public int PostsPerSecond { get; set; } = 10_000;

    /// <summary>
    /// How often a message is posted to a connection while posts fail without a known reason. Default 5, from 1 to 20.
    /// </summary>
    [Range(1, 20)]
    public int Attempts { get; set; } = 5;

    /// <summary>Median wait before the second attempt; it doubles from then on. Default 200 ms, from 1 ms to 10 s.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:00:10")]
    public TimeSpan RetryDelay { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest wait between two attempts. Default 5 s, from 1 ms to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan MaxRetryDelay { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long the worker waits for a client that does not read before it closes the connection. Default 30 s, from 1 s to 10 min.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:10:00")]
    public TimeSpan ParkedFor { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>How many messages may wait for one connection before it is closed. Default 1,000, from 1 to 100,000.</summary>
    [Range(1, 100_000)]
    public int ParkedMessages { get; set; } = 1_000;

    /// <summary>How many bytes may wait for one connection before it is closed. Default 1 MiB, from 128 KiB to 64 MiB.</summary>
    [Range(Limits.MaxGatewayMessageBytes, 67_108_864)]
    public int ParkedBytes { get; set; } = 1_048_576;

    /// <summary>
    /// How many messages of one room share a walk. Default 100, from 1 to 1,000. A connection's messages are posted one after the other, so
    /// more of them delay the saving of progress.
    /// </summary>
    [Range(1, 1_000)]
    public int MessagesPerWalk { get; set; } = 100;

    /// <summary>
    /// Connections of a room above which its walk is divided by shards among the workers. Default 32,000, from 16 to 10,000,000. Below that
    /// one worker is done within seconds, and another hop through a queue would only cost.
    /// </summary>
    [Range(16, 10_000_000)]
    public int DivideAbove { get; set; } = 32_000;

    /// <summary>
    /// How old a message may be when its walk begins; an older one, after an outage, goes to its room's log only. As long it is held while
    /// the gateway is out of reach, and is then posted as if it were not. Default 1 hour, from 1 second to 14 days.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:01", "14.00:00:00")]
    public TimeSpan MaxMessageAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>How long a starting worker waits for its tables before it gives up. Default 1 minute, from 0 to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan TablesTimeout { get; set; } = TableWait.DefaultPatience;

    /// <summary>
    /// Rows read at once, and about how many connections may get a message twice when the worker is killed. Default 1,000, from 3 to 5,000;
    /// a row is some 150 bytes, so that a page stays below DynamoDB's 1 MB.
    /// </summary>
    [Range(3, 5_000)]
    public int PageSize { get; set; } = 1_000;

    /// <summary>
    /// Whether the room is read with strong consistency, at twice the price. Default true. Without it a walk may overlook a membership that
    /// was written within the last second, and a new connection may lose a message.
    /// </summary>
    public bool ConsistentReads { get; set; } = true;

    /// <summary>
    /// After how many connections progress is saved. Two stretches are under way at once; the last fifth of a page is for late deliveries
    /// that the progress does not know yet. So a crash repeats a page at most, unless more connections than that are late.
    /// </summary>
    internal int StretchSize => (PageSize - Math.Max(1, PageSize / 5)) / 2;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (FindProblem(() => Rendering.MessageTemplate.Parse(Template)) is { } wrongTemplate)
            yield return new($"{nameof(Template)} {wrongTemplate}.");
        if (CallbackEndpoint is { Length: > 0 } address && FindProblem(() => new Rooms.CallbackEndpoint(address)) is { } wrongAddress)
            yield return new($"{nameof(CallbackEndpoint)}: {wrongAddress}.");
        foreach (var wrong in AllowedEndpoints.Where(allowed => CallbackAddress.Parse(allowed) is null))
            yield return new($"{nameof(AllowedEndpoints)}: \"{wrong}\" {CallbackAddress.Rule}.");
    }

    private static string? FindProblem(Func<object> parse)
    {
        try
        {
            parse();
            return null;
        }
        catch (FormatException problem)
        {
            return problem.Message.TrimEnd('.');
        }
    }
}
