using System.ComponentModel.DataAnnotations;
using ChatEvents.Contracts;
using Microsoft.Extensions.Configuration;

namespace ChatEvents.Consumers.Tables;

/// <summary>Names of the tables, the same in all programs. Section <c>Tables</c>.</summary>
public sealed class TableNames : IValidatableObject
{
    public const string Section = "Tables";

    /// <summary>Each worker used to name its tables in its own section. Accepted for one version.</summary>
    private static readonly (string Old, string New)[] OldNames =
    [
        ("Registry:ConnectionsTable", nameof(Connections)),
        ("Registry:RoomsTable", nameof(Rooms)),
        ("Registry:ClosedTable", nameof(Closed)),
        ("Registry:RecentTable", nameof(Recent)),
        ("FanOut:RoomsTable", nameof(Rooms)),
        ("FanOut:RecentTable", nameof(Recent)),
        ("FanOut:ProgressTable", nameof(Progress)),
    ];

    /// <summary>Open connections. Default <c>Chat</c>, as in the tutorial.</summary>
    [TableName]
    public string Connections { get; set; } = RegistryTables.Connections;

    /// <summary>Memberships of rooms. Default <c>ChatRooms</c>.</summary>
    [TableName]
    public string Rooms { get; set; } = RegistryTables.Rooms;

    /// <summary>Tombstones of closed connections. Default <c>ChatClosed</c>.</summary>
    [TableName]
    public string Closed { get; set; } = RegistryTables.Closed;

    /// <summary>Recent messages of each room. Default <c>ChatRecent</c>.</summary>
    [TableName]
    public string Recent { get; set; } = RecentMessages.Table;

    /// <summary>Users and addresses that may not connect. Default <c>ChatBans</c>.</summary>
    [TableName]
    public string Bans { get; set; } = Contracts.Bans.Table;

    /// <summary>Progress of large walks. Default <c>ChatProgress</c>.</summary>
    [TableName]
    public string Progress { get; set; } = ProgressSchema.Table;

    public TableSchema ConnectionsTable => new(Connections, RegistryTables.ConnectionId);

    public TableSchema RoomsTable => new(Rooms, RegistryTables.RoomShard, RegistryTables.ConnectionId);

    public TableSchema ClosedTable => new(Closed, RegistryTables.ConnectionId);

    public TableSchema RecentTable => new(Recent, RecentMessages.Room, RecentMessages.Position);

    public TableSchema BansTable => new(Bans, Contracts.Bans.Banned);

    public TableSchema ProgressTable => new(Progress, ProgressSchema.MessageId);

    public IReadOnlyList<TableSchema> All => [ConnectionsTable, RoomsTable, ClosedTable, RecentTable, BansTable, ProgressTable];

    /// <summary>Reads the configured names. An old setting is used if the new one is not set.</summary>
    /// <param name="configuration">The configuration of the program.</param>
    /// <param name="warn">Called with each old setting that is set, and its new name.</param>
    public void Read(IConfiguration configuration, Action<string, string> warn)
    {
        foreach (var (old, name) in OldNames)
        {
            if (configuration[old] is not { Length: > 0 } value) continue;
            typeof(TableNames).GetProperty(name)!.SetValue(this, value);
            warn(old, $"{Section}:{name}");
        }

        configuration.GetSection(Section).Bind(this);
    }

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        var names = All.Select(table => table.Name).ToList();
        if (names.Distinct(StringComparer.Ordinal).Count() < names.Count)
            yield return new($"* must be {names.Count} different tables, but are {string.Join(", ", names)}.");
    }
}

/// <summary>A table and the names of its key attributes, which are strings.</summary>
public sealed record TableSchema(string Name, string PartitionKey, string? SortKey = null)
{
    /// <summary>A key that is unique among the items of all tables.</summary>
    public string TextOfKey(Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue> item) =>
        SortKey is null ? $"{Name}/{item[PartitionKey].S}" : $"{Name}/{item[PartitionKey].S}/{item[SortKey].S}";
}

/// <summary>The rule of DynamoDB for table names.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TableNameAttribute : ValidationAttribute
{
    public TableNameAttribute() => ErrorMessage = "must be 3 to 255 letters, digits, '-', '_' or '.'";

    public override bool IsValid(object? value) =>
        value is string { Length: >= 3 and <= 255 } name && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.');
}
