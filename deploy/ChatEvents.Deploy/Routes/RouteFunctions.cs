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
/// One Lambda per route, but one for all routes of moderators and one for those that need next to nothing, all of one package. Each may send to
/// the one queue of its events, write its log, and read the tables that it needs to know the client's dialect, the members of a room, the
/// result of a join or the log of a room; nothing else.
/// </summary>
public sealed class RouteFunctions : Construct
{
    // API Gateway waits up to 29 s. The clients in the functions give up well before this.
    private static readonly Duration Timeout = Duration.Seconds(15);

    // Memory determines the CPU: 512 MB give a third of a vCPU. With less, the start of .NET takes seconds.
    private const int MemoryMB = 512;

    private readonly ChatConfig _config;
    private readonly int? _reserved;
    private readonly LambdaPackage _package;

    public RouteFunctions(Construct scope, string id, ChatConfig config, ChatQueues queues, ChatTables tables)
        : base(scope, id)
    {
        _config = config;
        _reserved = config.ReservedConcurrency > 0 ? config.ReservedConcurrency : null;
        _package = new LambdaPackage(config, config.RoutesPackage);
        var routes = Route.Of(config.Auth);
        ByHandler = routes.DistinctBy(route => route.Handler).ToDictionary(route => route.Handler, route => Create(route, queues, tables));
        ByRoute = routes.ToDictionary(route => route, route => ByHandler[route.Handler]);
        if (config.Auth.HasAuthorizer) Authorizer = CreateAuthorizer(config.Auth, tables);
    }

    /// <summary>The function that says who connects; null where everybody may.</summary>
    public Function? Authorizer { get; }

    public IReadOnlyDictionary<Route, Function> ByRoute { get; }

    /// <summary>The functions of the routes, of which one may have several.</summary>
    public IReadOnlyDictionary<string, Function> ByHandler { get; }

    /// <summary>Those of the routes, and the authorizer if there is one.</summary>
    public IEnumerable<Function> All => Authorizer is null ? ByHandler.Values : ByHandler.Values.Append(Authorizer);

    /// <summary>
    /// Not secret, but not known to clients either, and other in every stack: the last part of the stack's ARN.
    /// </summary>
    private static string GuestKey => Fn.Select(2, Fn.Split("/", Aws.STACK_ID));

    private Function CreateAuthorizer(AuthConfig auth, ChatTables tables)
    {
        var environment = new Dictionary<string, string>
        {
            ["AUTH_MODE"] = auth.Mode == AuthMode.Required ? "required" : "optional",
            ["AUTH_AUDIENCE"] = string.Join(',', auth.Audience),
            ["AUTH_OPEN_ROOMS"] = auth.OpenRooms ? "true" : "false",
            ["BANS_TABLE"] = tables.Bans.TableName,
            ["GUEST_KEY"] = GuestKey,
        };
        if (auth.Issuer is { } issuer) environment["AUTH_ISSUER"] = issuer;
        if (auth.PublicKey is { } key) environment["AUTH_PUBLIC_KEY"] = key;
        if (auth.Secret is { } secret) environment["AUTH_SECRET"] = secret;
        var function = _package.CreateFunction(
            this,
            new LambdaFunctionProps("authorize", "Says who may connect to the chat", MemoryMB, Timeout, environment)
            {
                ReservedConcurrency = _reserved,
            });
        tables.Bans.Grant(function, "dynamodb:GetItem");
        foreach (var arn in auth.Stored)
        {
            function.AddToRolePolicy(new PolicyStatement(new PolicyStatementProps
            {
                Actions = [arn.Split(':')[2] == "ssm" ? "ssm:GetParameter" : "secretsmanager:GetSecretValue"],
                Resources = [arn],
            }));
        }

        return function;
    }

    private Function Create(Route route, ChatQueues queues, ChatTables tables)
    {
        var environment = new Dictionary<string, string>
        {
            ["MAX_MESSAGE_BYTES"] = $"{_config.MaxMessageBytes}",
        };
        var rights = new List<PolicyStatement>();
        if (route.Handler == "history") environment["HISTORY_MAX_MESSAGES"] = $"{_config.HistoryMaxMessages}";
        if (_config.PostsTo is { } endpoint) environment["CALLBACK_ENDPOINT"] = endpoint;
        // A URL instead of a name saves a look-up in the first call, and a permission.
        if (route.Publishes is { } published)
        {
            var queue = published(queues).Queue;
            Allow(["sqs:SendMessage"], queue.QueueArn);
            environment[route.QueueVariable] = queue.QueueUrl;
        }

        AllowTable(route.Rooms, tables.Rooms, "ROOMS_TABLE");
        // Where there is an authorizer, it has looked before.
        if (!_config.Auth.HasAuthorizer) AllowTable(route.Bans, tables.Bans, "BANS_TABLE");
        if (route.NamesGuests) environment["GUEST_KEY"] = GuestKey;
        AllowTable(route.Connections, tables.Connections, "CONNECTIONS_TABLE");
        AllowTable(route.Recent, tables.Recent, "RECENT_TABLE");

        var function = _package.CreateFunction(
            this,
            new LambdaFunctionProps(route.Handler, DescriptionOf(route), MemoryMB, Timeout, environment)
            {
                ReservedConcurrency = route.IsReserved ? _reserved : null,
            });
        rights.ForEach(function.AddToRolePolicy);
        return function;

        static string DescriptionOf(Route route) =>
            Route.OfModerators.Contains(route) ? "Routes of the chat's moderators"
            : route.Handler == "default" ? "Routes hello, ping and $default of the chat"
            : $"Route {route.Key} of the chat";

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
