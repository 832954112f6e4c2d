namespace ChatEvents.Testing.Rights;

/// <summary>
/// What each program may do with tables and queues where the chat is deployed. The tests of the deployment hold it against the template;
/// tests that run a program between servers let it do no more, and one of each worker has it do all of it. So a call without a right
/// fails a test, and so does a worker's right without a call.
/// </summary>
public static class DeployedRights
{
    /// <summary>The fan-out in a container.</summary>
    public static IReadOnlyList<string> FanOut { get; } =
    [
        "dynamodb:BatchGetItem on Progress",
        "dynamodb:BatchGetItem on Rooms",
        "dynamodb:BatchWriteItem on Progress",
        "dynamodb:BatchWriteItem on Recent",
        "dynamodb:DescribeTable on Progress",
        "dynamodb:DescribeTable on Recent",
        "dynamodb:DescribeTable on Rooms",
        "dynamodb:GetItem on Recent",
        "dynamodb:PutItem on Recent",
        "dynamodb:Query on Recent",
        "dynamodb:Query on Rooms",
        "dynamodb:UpdateItem on Progress",
        "dynamodb:UpdateItem on Recent",
        "sqs:ChangeMessageVisibility on Late",
        "sqs:ChangeMessageVisibility on Messages",
        "sqs:ChangeMessageVisibility on Walks",
        "sqs:DeleteMessage on Late",
        "sqs:DeleteMessage on Messages",
        "sqs:DeleteMessage on Walks",
        "sqs:GetQueueAttributes on Late",
        "sqs:GetQueueAttributes on Messages",
        "sqs:GetQueueAttributes on Walks",
        "sqs:ReceiveMessage on Late",
        "sqs:ReceiveMessage on Messages",
        "sqs:ReceiveMessage on Walks",
        "sqs:SendMessage on Connections",
        "sqs:SendMessage on Late",
        "sqs:SendMessage on Walks",
    ];

    /// <summary>The registry in a container, its sweep included.</summary>
    public static IReadOnlyList<string> Registry { get; } =
    [
        "dynamodb:BatchGetItem on Closed",
        "dynamodb:BatchGetItem on Connections",
        "dynamodb:BatchWriteItem on Closed",
        "dynamodb:BatchWriteItem on Rooms",
        "dynamodb:DeleteItem on Connections",
        "dynamodb:DescribeTable on Bans",
        "dynamodb:DescribeTable on Closed",
        "dynamodb:DescribeTable on Connections",
        "dynamodb:DescribeTable on Recent",
        "dynamodb:DescribeTable on Rooms",
        "dynamodb:PutItem on Closed",
        "dynamodb:PutItem on Connections",
        "dynamodb:Query on Recent",
        "dynamodb:Scan on Bans",
        "dynamodb:Scan on Connections",
        "sqs:ChangeMessageVisibility on Connections",
        "sqs:DeleteMessage on Connections",
        "sqs:GetQueueAttributes on Connections",
        "sqs:ReceiveMessage on Connections",
        "sqs:SendMessage on Late",
    ];

    /// <summary>What the registry may do besides where there are tokens, and so moderators.</summary>
    public static IReadOnlyList<string> Moderation { get; } =
    [
        "dynamodb:BatchGetItem on Bans",
        "dynamodb:PutItem on Bans",
        "dynamodb:Query on Rooms",
    ];

    /// <summary>The function of a route, by its handler.</summary>
    public static IReadOnlyList<string> OfRoute(string handler) => handler switch
    {
        "connect" => ["dynamodb:GetItem on Bans", "sqs:SendMessage on Connections"],
        "disconnect" => ["sqs:SendMessage on Connections"],
        "join" => ["dynamodb:GetItem on Connections", "dynamodb:Query on Recent", "sqs:SendMessage on Connections"],
        "leave" or "moderate" => ["dynamodb:GetItem on Connections", "sqs:SendMessage on Connections"],
        "onMessage" => ["dynamodb:GetItem on Connections", "dynamodb:GetItem on Rooms", "sqs:SendMessage on Messages"],
        "who" => ["dynamodb:GetItem on Connections", "dynamodb:GetItem on Rooms", "dynamodb:Query on Rooms"],
        "history" => ["dynamodb:GetItem on Connections", "dynamodb:GetItem on Rooms", "dynamodb:Query on Recent"],
        "remove" => ["dynamodb:GetItem on Connections", "dynamodb:GetItem on Rooms", "sqs:SendMessage on Messages"],
        "default" => ["dynamodb:GetItem on Connections"],
        _ => throw new ArgumentException($"There is no route function {handler}.", nameof(handler)),
    };
}
