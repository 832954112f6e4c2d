using Amazon.CDK.AWS.IAM;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Routes;
using Queue = Amazon.CDK.AWS.SQS.Queue;
using Table = Amazon.CDK.AWS.DynamoDB.Table;

namespace ChatEvents.Deploy.Workers;

/// <summary>What each worker may do, call by call: the calls that its code makes, on the resources that are its own.</summary>
internal static class WorkerRights
{
    /// <summary>A pump of a container takes messages from its queue.</summary>
    public static void GrantConsuming(IGrantable worker, QueueWithDeadLetters queue) =>
        Allow(worker, queue.Queue, "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:ReceiveMessage");

    /// <summary>
    /// An event source mapping takes messages for a function, with the function's role, and looks at the queue's attributes, too. To make
    /// a message visible that failed is the function's own doing.
    /// </summary>
    public static void GrantEvents(IGrantable function, QueueWithDeadLetters queue)
    {
        GrantConsuming(function, queue);
        Allow(function, queue.Queue, "sqs:GetQueueAttributes");
    }

    /// <summary>
    /// What a container of the registry does beside its work, and a function does not: it waits for its tables, and takes the turn of a
    /// sweep, which the schedule of a function gives.
    /// </summary>
    public static void GrantRegistryHosting(IGrantable registry, ChatTables tables)
    {
        Allow(registry, tables.Closed, "dynamodb:PutItem");
        GrantWaiting(registry, tables.Connections, tables.Rooms, tables.Closed, tables.Recent);
    }

    /// <summary>What a container of the fan-out does beside its work, and a function does not: it waits for its tables.</summary>
    public static void GrantFanOutHosting(IGrantable fanOut, ChatTables tables) =>
        GrantWaiting(fanOut, tables.Rooms, tables.Progress, tables.Recent);

    /// <summary>
    /// The registry is the only one that writes connections, memberships and tombstones; it looks for messages that a newcomer missed, and
    /// has the fan-out bring them.
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

    /// <summary>
    /// The fan-out reads rooms, posts, closes connections that do not read, and reports those that are gone; it divides large walks and
    /// puts late deliveries off by sending to itself.
    /// </summary>
    public static void GrantFanOut(IGrantable fanOut, ChatQueues queues, ChatTables tables, ChatApi api)
    {
        Allow(fanOut, queues.Connections.Queue, "sqs:SendMessage");
        Allow(fanOut, queues.Walks.Queue, "sqs:SendMessage");
        Allow(fanOut, queues.Late.Queue, "sqs:SendMessage");
        Allow(fanOut, tables.Rooms, "dynamodb:BatchGetItem", "dynamodb:Query");
        Allow(fanOut, tables.Recent, "dynamodb:BatchWriteItem", "dynamodb:GetItem", "dynamodb:Query", "dynamodb:UpdateItem");
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
