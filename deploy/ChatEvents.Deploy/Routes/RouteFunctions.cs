using Amazon.CDK;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Data;
using ChatEvents.Deploy.Functions;
using Constructs;
using Table = Amazon.CDK.AWS.DynamoDB.Table;

namespace ChatEvents.Deploy.Routes;

/// <summary>
/// A Lambda per route, all of one package. Each may send to the one queue that its events travel on, write its log, and, where it has to
/// know who is in a room, or what became of a join, read the table that tells it; nothing else.
/// </summary>
public sealed class RouteFunctions : Construct
{
    // API Gateway waits 29 s at most. The clients of the functions give up well before this.
    private static readonly Duration Timeout = Duration.Seconds(15);

    // CPU comes with memory: at 512 MB a third of a vCPU, below which the start of .NET takes seconds.
    private const int MemoryMB = 512;

    private readonly ChatConfig _config;
    private readonly LambdaPackage _package;

    public RouteFunctions(Construct scope, string id, ChatConfig config, ChatQueues queues, ChatTables tables)
        : base(scope, id)
    {
        _config = config;
        _package = new LambdaPackage(config, config.RoutesPackage);
        ByRoute = Route.All.ToDictionary(route => route, route => Create(route, queues, tables));
    }

    public IReadOnlyDictionary<Route, Function> ByRoute { get; }

    private Function Create(Route route, ChatQueues queues, ChatTables tables)
    {
        var environment = new Dictionary<string, string>
        {
            ["MAX_MESSAGE_BYTES"] = $"{_config.MaxMessageBytes}",
        };
        var rights = new List<PolicyStatement>();
        if (_config.CallbackEndpoint is { } endpoint) environment["CALLBACK_ENDPOINT"] = endpoint;
        // A URL in place of a name saves the first call a look-up, and the function a permission.
        if (route.Publishes is { } published)
        {
            var queue = published(queues).Queue;
            Allow(["sqs:SendMessage"], queue.QueueArn);
            environment[route.QueueVariable] = queue.QueueUrl;
        }

        AllowTable(route.Rooms, tables.Rooms, "ROOMS_TABLE");
        AllowTable(route.Connections, tables.Connections, "CONNECTIONS_TABLE");

        var function = _package.CreateFunction(
            this, new LambdaFunctionProps(route.Handler, $"Route {route.Key} of the chat", MemoryMB, Timeout, environment));
        rights.ForEach(function.AddToRolePolicy);
        return function;

        void Allow(string[] actions, string resource) =>
            rights.Add(new PolicyStatement(new PolicyStatementProps { Actions = actions, Resources = [resource] }));

        void AllowTable(string[]? actions, Table table, string variable)
        {
            if (actions is null) return;
            Allow(actions, table.TableArn);
            environment[variable] = table.TableName;
        }
    }
}
