using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>Settings of the registry worker, section <c>Registry</c>.</summary>
public sealed class RegistryOptions
{
    public const string Section = "Registry";

    /// <summary>Table of open connections. Default <c>Chat</c>, as in the tutorial.</summary>
    public string ConnectionsTable { get; set; } = RegistryTables.Connections;

    /// <summary>Table of memberships. Default <c>ChatRooms</c>.</summary>
    public string RoomsTable { get; set; } = RegistryTables.Rooms;

    /// <summary>Table of tombstones. Default <c>ChatClosed</c>.</summary>
    public string ClosedTable { get; set; } = RegistryTables.Closed;

    /// <summary>Table of recent messages, which the fan-out writes and this worker only reads. Default <c>ChatRecent</c>.</summary>
    public string RecentTable { get; set; } = RecentMessages.Table;

    /// <summary>
    /// How long after one batch of reads or writes the next is begun at the earliest, unless it is full. Default 10 ms, from 0 to 1 second.
    /// A worker that is not busy waits for nothing; one that takes 500 events a second makes a third of the calls, and each event waits
    /// some 15 ms longer in all.
    /// </summary>
    public TimeSpan BatchLinger { get; set; } = TimeSpan.FromMilliseconds(10);

    /// <summary>How long a starting worker waits for its tables before it gives up. Default 1 minute, from 0 to 10 minutes.</summary>
    public TimeSpan TablesTimeout { get; set; } = RequiredTables.DefaultPatience;

    internal RequiredTables RequiredTables => new([ConnectionsTable, RoomsTable, ClosedTable, RecentTable], TablesTimeout);
}

/// <summary>One sentence per wrong setting, for whoever reads the log of a worker that did not start.</summary>
internal sealed class RegistryOptionsValidator : IValidateOptions<RegistryOptions>
{
    private static readonly TimeSpan MaxTablesTimeout = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan MaxBatchLinger = TimeSpan.FromSeconds(1);

    public ValidateOptionsResult Validate(string? name, RegistryOptions options)
    {
        string?[] failures =
        [
            TableNameFailure(nameof(options.ConnectionsTable), options.ConnectionsTable),
            TableNameFailure(nameof(options.RoomsTable), options.RoomsTable),
            TableNameFailure(nameof(options.ClosedTable), options.ClosedTable),
            TableNameFailure(nameof(options.RecentTable), options.RecentTable),
            SharedTableFailure(options),
            options.BatchLinger >= TimeSpan.Zero && options.BatchLinger <= MaxBatchLinger
                ? null
                : $"Registry:BatchLinger must be from 00:00:00 to {MaxBatchLinger}, but is {options.BatchLinger}.",
            options.TablesTimeout >= TimeSpan.Zero && options.TablesTimeout <= MaxTablesTimeout
                ? null
                : $"Registry:TablesTimeout must be from 00:00:00 to {MaxTablesTimeout}, but is {options.TablesTimeout}.",
        ];
        var found = failures.OfType<string>().ToList();
        return found.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(found);
    }

    // DynamoDB's own rule for table names.
    private static string? TableNameFailure(string setting, string value) =>
        value is { Length: >= 3 and <= 255 } && value.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.')
            ? null
            : $"Registry:{setting} must be 3 to 255 letters, digits, '-', '_' or '.', but is \"{value}\".";

    private static string? SharedTableFailure(RegistryOptions options)
    {
        string[] names = [options.ConnectionsTable, options.RoomsTable, options.ClosedTable];
        return names.Distinct(StringComparer.Ordinal).Count() == names.Length
            ? null
            : $"Registry:ConnectionsTable, RoomsTable and ClosedTable must be three tables, but are {string.Join(", ", names)}.";
    }
}
