using System.ComponentModel.DataAnnotations;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.ConnectionRegistry;

/// <summary>Settings of the registry worker, section <c>Registry</c>.</summary>
public sealed class RegistryOptions
{
    public const string Section = "Registry";

    /// <summary>
    /// The minimum time between two batches of reads or writes, except for full ones. Default 10 ms, from 0 to 1 second. An idle worker
    /// never waits. A worker with 500 events a second makes a third of the calls, and each event takes about 15 ms longer.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan BatchLinger { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a starting worker waits for its tables. Default 1 minute, from 0 to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan TablesTimeout { get; set; } = TableWait.DefaultPatience;
}
