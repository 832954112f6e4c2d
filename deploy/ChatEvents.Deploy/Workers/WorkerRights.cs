using Amazon.CDK.AWS.IAM;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Routes;
using Queue = Amazon.CDK.AWS.SQS.Queue;
using Table = Amazon.CDK.AWS.DynamoDB.Table;

namespace ChatEvents.Deploy.Workers;

/// <summary>The rights of each worker: exactly the calls that its code makes, on its own resources.</summary>
internal static class WorkerRights
{
    /// <summary>
    /// The pump of a container takes messages from its queue, and its health check asks for an attribute. An event source mapping does the
    /// same with a function's role; the function itself makes failed messages visible again.
    /// </summary>
    public static void GrantConsuming(IGrantable worker, QueueWithDeadLetters queue) => Allow(
        worker, queue.Queue, "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage");

    /// <summary>
    /// Additional rights of the registry's containers: they wait for their tables, and agree on which of them sweeps. Functions do neither,
    /// because a schedule starts their sweep.
    /// </summary>
    public static void GrantRegistryHosting(IGrantable registry, ChatTables tables)
    {
        Allow(registry, tables.Closed, "dynamodb:PutItem");
        GrantWaiting(registry, tables.Connections, tables.Rooms, tables.Closed, tables.Recent, tables.Bans);
    }

    /// <summary>An additional right of the fan-out's containers: they wait for their tables, which functions do not.</summary>
    public static void GrantFanOutHosting(IGrantable fanOut, ChatTables tables) =>
        GrantWaiting(fanOut, tables.Rooms, tables.Progress, tables.Recent);

    /// <summary>
    /// The registry is the only writer of connections, memberships and tombstones. It looks for messages that a new connection missed, and
    /// asks the fan-out to deliver them.
    /// </summary>
    public static void GrantRegistry(IGrantable registry, ChatQueues queues, ChatTables tables)
    {
        GrantClosing(registry, tables);
        Allow(registry, tables.Recent, "dynamodb:Query");
        Allow(registry, queues.Late.Queue, "sqs:SendMessage");
    }

    /// <summary>The sweep reads all connections, asks the gateway about silent ones, and closes those that are gone.</summary>
    public static void GrantSweep(IGrantable sweep, ChatTables tables, ChatApi api)
    {
        GrantClosing(sweep, tables);
        Allow(sweep, tables.Connections, "dynamodb:Scan");
        api.GrantConnections(sweep, "GET");
    }

    /// <summary>Connections whose token is over, or that are banned, are told so and closed.</summary>
    public static void GrantEnding(IGrantable ending, ChatTables tables, ChatApi api)
    {
        Allow(ending, tables.Connections, "dynamodb:Scan");
        Allow(ending, tables.Bans, "dynamodb:Scan");
        api.GrantConnections(ending, "POST", "DELETE");
    }

    /// <summary>
    /// Where there are tokens, the registry does what moderators ask for: it writes bans, finds and ends the connections of users and
    /// addresses, and tells the moderator.
    /// </summary>
    public static void GrantModeration(IGrantable registry, ChatTables tables, ChatApi api)
    {
        Allow(registry, tables.Bans, "dynamodb:BatchGetItem", "dynamodb:PutItem");
        Allow(registry, tables.Rooms, "dynamodb:Query");
        GrantEnding(registry, tables, api);
    }

    /// <summary>
    /// The fan-out reads rooms, posts, closes connections that do not read, and reports those that are gone. It divides large walks and
    /// postpones late deliveries by sending messages to itself.
    /// </summary>
    public static void GrantFanOut(IGrantable fanOut, ChatQueues queues, ChatTables tables, ChatApi api)
    {
        Allow(fanOut, queues.Connections.Queue, "sqs:SendMessage");
        Allow(fanOut, queues.Walks.Queue, "sqs:SendMessage");
        Allow(fanOut, queues.Late.Queue, "sqs:SendMessage");
        Allow(fanOut, tables.Rooms, "dynamodb:BatchGetItem", "dynamodb:Query");
        Allow(
            fanOut, tables.Recent,
            "dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem");
        Allow(fanOut, tables.Progress, "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:UpdateItem");
        api.GrantConnections(fanOut, "POST", "DELETE");
    }

    private static void GrantWaiting(IGrantable worker, params Table[] tables)
    {
        foreach (var table in tables) Allow(worker, table, "dynamodb:DescribeTable");
    }

    private static void GrantClosing(IGrantable registry, ChatTables tables)
    {
        Allow(registry, tables.Connections, "dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:PutItem");
        Allow(registry, tables.Rooms, "dynamodb:BatchWriteItem");
        Allow(registry, tables.Closed, "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem");
    }

    private static void Allow(IGrantable worker, Queue queue, params string[] actions) => queue.Grant(worker, actions);

    private static void Allow(IGrantable worker, Table table, params string[] actions) => table.Grant(worker, actions);
}
