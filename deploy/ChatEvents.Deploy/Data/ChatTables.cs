using Amazon.CDK;
using Amazon.CDK.AWS.DynamoDB;
using ChatEvents.Contracts;
using Constructs;
using Attribute = Amazon.CDK.AWS.DynamoDB.Attribute;

namespace ChatEvents.Deploy.Data;

/// <summary>
/// The registry's tables and the fan-out's progress. They are deleted with the stack, because rows live only hours longer than their
/// connections.
/// </summary>
public sealed class ChatTables : Construct
{
    public ChatTables(Construct scope, string id)
        : base(scope, id)
    {
        Connections = Create("Connections", RegistryTables.ConnectionId);
        Rooms = Create("Rooms", RegistryTables.RoomShard, RegistryTables.ConnectionId);
        Closed = Create("Closed", RegistryTables.ConnectionId);
        Recent = Create("Recent", RecentMessages.Room, RecentMessages.Position);
        Bans = Create("Bans", Contracts.Bans.Banned);
        Progress = Create("Progress", ProgressSchema.MessageId);
    }

    /// <summary>Open connections; <see cref="RegistryTables.Connections"/>.</summary>
    public Table Connections { get; }

    /// <summary>Memberships; <see cref="RegistryTables.Rooms"/>.</summary>
    public Table Rooms { get; }

    /// <summary>Tombstones; <see cref="RegistryTables.Closed"/>.</summary>
    public Table Closed { get; }

    /// <summary>The progress of walks over large rooms.</summary>
    public Table Progress { get; }

    /// <summary>Messages that newcomers catch up with; <see cref="RecentMessages.Table"/>.</summary>
    public Table Recent { get; }

    /// <summary>Users and addresses that may not connect; <see cref="Contracts.Bans.Table"/>.</summary>
    public Table Bans { get; }

    public IReadOnlyList<Table> All => [Connections, Rooms, Closed, Progress, Recent, Bans];

    private Table Create(string name, string partitionKey, string? sortKey = null) => new(this, name, new TableProps
    {
        PartitionKey = new Attribute { Name = partitionKey, Type = AttributeType.STRING },
        SortKey = sortKey is null ? null : new Attribute { Name = sortKey, Type = AttributeType.STRING },
        BillingMode = BillingMode.PAY_PER_REQUEST,
        // A backup would keep chat messages and addresses for 35 days; see SECURITY.md. Rows are worthless after hours.
        PointInTimeRecovery = false,
        RemovalPolicy = RemovalPolicy.DESTROY,
        TimeToLiveAttribute = RegistryTables.TimeToLive,
    });
}
