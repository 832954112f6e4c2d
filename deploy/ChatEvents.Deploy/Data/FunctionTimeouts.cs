using Amazon.CDK;

namespace ChatEvents.Deploy.Data;

/// <summary>How long a worker function may take for a batch. The queues hide the messages of a batch for a multiple of it.</summary>
internal static class FunctionTimeouts
{
    /// <summary>The longest time for a batch of connections. Usually it takes a tenth of a second.</summary>
    public static readonly Duration Registry = Duration.Seconds(60);

    /// <summary>
    /// The longest time for a batch of chat messages before it is handed back with its progress saved. Each hand-over uses one of a
    /// message's five receives, so the longest broadcast takes five times as long.
    /// </summary>
    public static readonly Duration FanOut = Duration.Seconds(120);
}
