namespace ChatEvents.Bench.Cells;

/// <summary>
/// What a cell is made of and meets. Quotas are AWS's defaults; the settings are those of the fan-out; latencies are what has been seen of
/// such calls within a region, and the first thing to correct by a measurement of your own.
/// </summary>
public sealed record Conditions
{
    /// <summary>Requests a second of API Gateway per account and region, posts to connections included. Default 10,000.</summary>
    public double Quota { get; init; } = 10_000;

    /// <summary>Requests that may go beyond <see cref="Quota"/> at once. Default 5,000.</summary>
    public double Burst { get; init; } = 5_000;

    /// <summary>New connections a second per account and region. Default 500.</summary>
    public double ConnectsPerSecond { get; init; } = 500;

    /// <summary>Fan-out workers of a cell. Default 4.</summary>
    public int Workers { get; init; } = 4;

    /// <summary><c>FanOut:PostsPerSecond</c>. Default 10,000.</summary>
    public double PostsPerSecond { get; init; } = 10_000;

    /// <summary><c>FanOut:Concurrency</c>. Default 256.</summary>
    public int Concurrency { get; init; } = 256;

    /// <summary><c>FanOut:DivideAbove</c>. Default 32,000.</summary>
    public int DivideAbove { get; init; } = 32_000;

    /// <summary>Shards of a room; a divided walk is shared out by them.</summary>
    public int Shards { get; init; } = 16;

    /// <summary>Median time of one post, in seconds. Default 10 ms.</summary>
    public double PostSeconds { get; init; } = 0.010;

    /// <summary>Spread of the time of a post: a log-normal sigma. Default 0.35, by which one post in a hundred takes 2.3 times the median.</summary>
    public double PostSpread { get; init; } = 0.35;

    /// <summary>From before a message is put on a cell's queue until a worker has it, in seconds. Default 20 ms.</summary>
    public double QueueSeconds { get; init; } = 0.020;

    /// <summary>From the topic to the queue of a cell, in seconds; 0 without a topic. Default 50 ms.</summary>
    public double TopicSeconds { get; init; } = 0.050;

    /// <summary>Until the first pages of a room are read, in seconds. Default 10 ms.</summary>
    public double FirstPageSeconds { get; init; } = 0.010;
}
