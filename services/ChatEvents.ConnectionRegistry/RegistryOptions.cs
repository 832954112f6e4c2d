using System.ComponentModel.DataAnnotations;
using ChatEvents.Consumers.Tables;

namespace ChatEvents.ConnectionRegistry;

/// <summary>Settings of the registry worker, section <c>Registry</c>.</summary>
public sealed class RegistryOptions
{
    public const string Section = "Registry";

    /// <summary>
    /// How long after one batch of reads or writes the next is begun at the earliest, unless it is full. Default 10 ms, from 0 to 1 second.
    /// A worker that is not busy waits for nothing; one that takes 500 events a second makes a third of the calls, and each event waits
    /// some 15 ms longer in all.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:00:01")]
    public TimeSpan BatchLinger { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a starting worker waits for its tables before it gives up. Default 1 minute, from 0 to 10 minutes.</summary>
    [Range(typeof(TimeSpan), "00:00:00", "00:10:00")]
    public TimeSpan TablesTimeout { get; set; } = TableWait.DefaultPatience;
}
