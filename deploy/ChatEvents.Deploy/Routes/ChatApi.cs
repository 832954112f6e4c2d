using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Amazon.CDK;
using Amazon.CDK.AWS.APIGateway;
using Amazon.CDK.AWS.Apigatewayv2;
using Amazon.CDK.AWS.CloudWatch;
using Amazon.CDK.AWS.IAM;
using Amazon.CDK.AWS.Lambda;
using Amazon.CDK.AWS.Logs;
using ChatEvents.Deploy.Configuration;
using Constructs;
using CfnDeployment = Amazon.CDK.AWS.Apigatewayv2.CfnDeployment;
using CfnDeploymentProps = Amazon.CDK.AWS.Apigatewayv2.CfnDeploymentProps;
using CfnStage = Amazon.CDK.AWS.Apigatewayv2.CfnStage;
using CfnStageProps = Amazon.CDK.AWS.Apigatewayv2.CfnStageProps;

namespace ChatEvents.Deploy.Routes;

/// <summary>The WebSocket API: one route per function, one stage with throttles and an access log.</summary>
public sealed class ChatApi : Construct
{
    // One line per handshake, message and disconnect. It has no message text and no query string, which may contain a token.
    private static readonly string AccessLogFormat = JsonSerializer.Serialize(new Dictionary<string, string>
    {
        ["time"] = "$context.requestTime",
        ["event"] = "$context.eventType",
        ["route"] = "$context.routeKey",
        ["connection"] = "$context.connectionId",
        ["request"] = "$context.requestId",
        ["status"] = "$context.status",
        ["source"] = "$context.identity.sourceIp",
        ["integrationMs"] = "$context.integrationLatency",
        ["error"] = "$context.error.message",
    });

    // The longest time that API Gateway waits for a function.
    private static readonly Duration IntegrationTimeout = Duration.Seconds(29);

    private readonly ChatConfig _config;
    private readonly CfnApi _api;

    public ChatApi(Construct scope, string id, ChatConfig config, SizePlan plan, RouteFunctions functions)
        : base(scope, id)
    {
        _config = config;
        _api = new CfnApi(this, "WebSocket", new CfnApiProps
        {
            Name = config.StackName,
            ProtocolType = "WEBSOCKET",
            RouteSelectionExpression = "$request.body.action",
        });
        var deployment = CreateDeployment();
        var authorizer = functions.Authorizer is { } asked ? new ConnectAuthorizer(this, "authorize", _api, asked) : null;
        if (authorizer is not null) deployment.Node.AddDependency(authorizer);
        foreach (var (route, function) in functions.ByRoute) AddRoute(route, function, route.Key == "$connect" ? authorizer : null, deployment);
        AccessLogs = LogGroups.Create(this, "AccessLogs", config);
        var stage = AddStage(deployment, plan);
        if (config.Domain is { } domain) DomainTarget = new CustomDomain(this, "Domain", domain, _api, stage).Target;
    }

    /// <summary>One line per handshake, message and disconnect.</summary>
    public LogGroup AccessLogs { get; }

    /// <summary>The address for clients: <c>wss://...</c>.</summary>
    public string Url => _config.Domain is null ? $"{Origin}/{_config.Stage}" : Origin;

    /// <summary>Its scheme and host.</summary>
    public string Origin => _config.Domain is { } domain ? $"wss://{domain.Name}" : _api.AttrApiEndpoint;

    /// <summary>
    /// Where posts to its connections go: <c>https://...</c>. The workers are told, so that no row of a table can send them elsewhere.
    /// </summary>
    public string CallbackEndpoint => _config.PostsTo
        ?? $"https://{_api.Ref}.execute-api.{Stack.Of(this).Region}.{Stack.Of(this).UrlSuffix}/{_config.Stage}";

    /// <summary>What the domain name has to point at; null without one.</summary>
    public string? DomainTarget { get; }

    /// <summary>The right to call @connections of this API's stage with the given methods: <c>POST</c>, <c>GET</c>, <c>DELETE</c>.</summary>
    public void GrantConnections(IGrantable worker, params string[] methods) => Grant.AddToPrincipal(new GrantOnPrincipalOptions
    {
        Grantee = worker,
        Actions = ["execute-api:ManageConnections"],
        ResourceArns =
        [
            .. methods.Select(method => Stack.Of(this).FormatArn(new ArnComponents
            {
                Service = "execute-api",
                Resource = _api.Ref,
                ResourceName = $"{_config.Stage}/{method}/@connections/*",
            })),
        ],
    });

    /// <summary>A metric of this API's stage, such as <c>MessageCount</c>.</summary>
    public Metric Metric(string name, MetricOptions options) => new(new MetricProps
    {
        Namespace = "AWS/ApiGateway",
        MetricName = name,
        DimensionsMap = new Dictionary<string, string> { ["ApiId"] = _api.Ref, ["Stage"] = _config.Stage },
        Period = options.Period,
        Statistic = options.Statistic,
    });

    /// <summary>A deployment is a snapshot of the routes. Its name contains a digest of them, so that changed routes make a new one.</summary>
    private CfnDeployment CreateDeployment() =>
        new(this, $"Deployment{DigestOf(Route.Of(_config.Auth), _config.Auth.HasAuthorizer)}", new CfnDeploymentProps { ApiId = _api.Ref });

    private void AddRoute(Route definition, Function function, ConnectAuthorizer? authorizer, CfnDeployment deployment)
    {
        var scope = new Construct(this, definition.Id);
        var integration = new CfnIntegration(scope, "Integration", new CfnIntegrationProps
        {
            ApiId = _api.Ref,
            IntegrationType = "AWS_PROXY",
            IntegrationMethod = "POST",
            IntegrationUri = ApiInvocation.UriOf(function),
            TimeoutInMillis = IntegrationTimeout.ToMilliseconds(),
        });
        var route = new CfnRoute(scope, "Route", new CfnRouteProps
        {
            ApiId = _api.Ref,
            RouteKey = definition.Key,
            AuthorizationType = authorizer is null ? "NONE" : "CUSTOM",
            AuthorizerId = authorizer?.Ref,
            Target = $"integrations/{integration.Ref}",
            // Without it, API Gateway discards what the function returns.
            RouteResponseSelectionExpression = definition.Answers ? "$default" : null,
        });
        if (definition.Answers)
        {
            _ = new CfnRouteResponse(scope, "Response", new CfnRouteResponseProps
            {
                ApiId = _api.Ref,
                RouteId = route.Ref,
                RouteResponseKey = "$default",
            });
        }

        ApiInvocation.Allow(scope, function, _api, $"{_config.Stage}/{definition.Key}");
        // A snapshot that is taken too early lacks the route, and a client that comes too early fails without the permission.
        deployment.Node.AddDependency(scope);
    }

    private CfnStage AddStage(CfnDeployment deployment, SizePlan plan)
    {
        // API Gateway would create the group itself, and keep its lines for ever.
        var executionLogs = LogGroups.Create(this, "ExecutionLogs", _config, $"API-Gateway-Execution-Logs_{_api.Ref}/{_config.Stage}");
        var stage = new CfnStage(this, "Stage", new CfnStageProps
        {
            ApiId = _api.Ref,
            StageName = _config.Stage,
            DeploymentId = deployment.Ref,
            AccessLogSettings = new CfnStage.AccessLogSettingsProperty { DestinationArn = AccessLogs.LogGroupArn, Format = AccessLogFormat },
            DefaultRouteSettings = SettingsOf(plan, share: 1),
            RouteSettings = Route.Of(_config.Auth).Where(route => route.Share is not null)
                .ToDictionary(route => route.Key, route => (object)Json(SettingsOf(plan, route.Share!.Value))),
        });
        stage.Node.AddDependency(executionLogs);
        if (_config.ManageApiGatewayLogRole) stage.Node.AddDependency(CreateLogRole());
        return stage;
    }

    private static CfnStage.RouteSettingsProperty SettingsOf(SizePlan plan, double share) => new()
    {
        // Data traces would write every chat message to the log.
        DataTraceEnabled = false,
        // They would be charged by route, and nothing reads them.
        DetailedMetricsEnabled = false,
        LoggingLevel = "ERROR",
        ThrottlingBurstLimit = plan.MessageBurst * share,
        ThrottlingRateLimit = plan.MessagesPerSecond * share,
    };

    /// <summary>The settings of a single route are a JSON document to CloudFormation, and replace those of all routes together.</summary>
    private static Dictionary<string, object?> Json(CfnStage.RouteSettingsProperty settings) => new()
    {
        [nameof(settings.DataTraceEnabled)] = settings.DataTraceEnabled,
        [nameof(settings.DetailedMetricsEnabled)] = settings.DetailedMetricsEnabled,
        [nameof(settings.LoggingLevel)] = settings.LoggingLevel,
        [nameof(settings.ThrottlingBurstLimit)] = settings.ThrottlingBurstLimit,
        [nameof(settings.ThrottlingRateLimit)] = settings.ThrottlingRateLimit,
    };

    /// <summary>The role that API Gateway writes logs with. There is one per account and region, so it stays when the stack is deleted.</summary>
    private CfnAccount CreateLogRole()
    {
        var role = new Role(this, "LogRole", new RoleProps
        {
            AssumedBy = new ServicePrincipal("apigateway.amazonaws.com"),
            ManagedPolicies = [ManagedPolicy.FromAwsManagedPolicyName("service-role/AmazonAPIGatewayPushToCloudWatchLogs")],
        });
        var account = new CfnAccount(this, "LogAccount", new CfnAccountProps { CloudWatchRoleArn = role.RoleArn });
        role.ApplyRemovalPolicy(RemovalPolicy.RETAIN);
        account.ApplyRemovalPolicy(RemovalPolicy.RETAIN);
        return account;
    }

    private static string DigestOf(IReadOnlyList<Route> routes, bool hasAuthorizer)
    {
        var text = string.Join('\n', routes.Select(route => $"{route.Key} {route.Handler} {route.Answers}"));
        if (hasAuthorizer) text += "\nauthorize";
        return Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..8];
    }
}
