using Amazon.CDK.AWS.IAM;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Routes;
using Queue = Amazon.CDK.AWS.SQS.Queue;
using Table = Amazon.CDK.AWS.DynamoDB.Table;

namespace ChatEvents.Deploy.Workers;

/// <summary>What each worker may do, call by call: the calls that its code makes, on the resources that are its own.</summary>
internal static class WorkerRights
{
    private static readonly string[] Consume =
    [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:ReceiveMessage",
    ];

    /// <summary>
    /// The registry is the only one that writes connections, memberships and tombstones; it sweeps the connections, asks the gateway
    /// about silent ones, and looks for messages that a newcomer missed.
    /// </summary>
    public static void GrantRegistry(IGrantable registry, ChatQueues queues, ChatTables tables, ChatApi api)
    {
        Allow(registry, queues.Connections.Queue, Consume);
        Allow(
            registry,
            tables.Connections,
            "dynamodb:BatchGetItem", "dynamodb:DeleteItem", "dynamodb:DescribeTable", "dynamodb:PutItem", "dynamodb:Scan");
        Allow(registry, tables.Rooms, "dynamodb:BatchWriteItem", "dynamodb:DescribeTable");
        Allow(
            registry, tables.Closed, "dynamodb:BatchGetItem", "dynamodb:BatchWriteItem", "dynamodb:DescribeTable", "dynamodb:PutItem");
        api.GrantConnections(registry, "GET");
        Allow(registry, tables.Recent, "dynamodb:DescribeTable", "dynamodb:Query");
        Allow(registry, queues.Messages.Queue, "sqs:SendMessage");
    }

    /// <summary>The fan-out reads rooms, posts, closes connections that do not read, and reports those that are gone.</summary>
    public static void GrantFanOut(IGrantable fanOut, ChatQueues queues, ChatTables tables, ChatApi api)
    {
        Allow(fanOut, queues.Messages.Queue, Consume);
        Allow(fanOut, queues.Connections.Queue, "sqs:SendMessage");
        Allow(fanOut, tables.Rooms, "dynamodb:BatchGetItem", "dynamodb:Query");
        Allow(fanOut, tables.Recent, "dynamodb:BatchWriteItem", "dynamodb:Query");
        Allow(fanOut, tables.Progress, "dynamodb:BatchWriteItem", "dynamodb:GetItem");
        api.GrantConnections(fanOut, "POST", "DELETE");
    }

    private static void Allow(IGrantable worker, Queue queue, params string[] actions) => queue.Grant(worker, actions);

    private static void Allow(IGrantable worker, Table table, params string[] actions) => table.Grant(worker, actions);
}
