using ChatEvents.Deploy.Configuration;
using ChatEvents.DeployTests.Synthesis;
using ChatEvents.Routes;
using ChatEvents.Routes.Authorizing;
using ChatEvents.Testing.Rights;
using AuthMode = ChatEvents.Deploy.Configuration.AuthMode;

namespace ChatEvents.DeployTests;

/// <summary>Tokens and a domain of one's own, where they are configured; without, nothing of them.</summary>
public class AuthTests
{
    private const string Api = "arn:{AWS::Partition}:execute-api:{AWS::Region}:{AWS::AccountId}:{ApiWebSocket}";

    private static readonly Dictionary<string, Template> Both = new()
    {
        ["secured"] = Synthesized.Secured,
        ["secured-functions"] = Synthesized.SecuredFunctions,
    };

    public static TheoryData<string> Secured => [.. Both.Keys];

    private static bool HasTokens(string name) => name.StartsWith("secured", StringComparison.Ordinal);

    [Theory]
    [MemberData(nameof(Synthesized.All), MemberType = typeof(Synthesized))]
    public void Only_connect_has_an_authorizer_and_only_where_tokens_are_configured(string name)
    {
        var template = Synthesized.ByName(name);
        var routes = template.OfType("AWS::ApiGatewayV2::Route");
        var authorizers = template.OfType("AWS::ApiGatewayV2::Authorizer");

        Assert.Equal(HasTokens(name) ? 1 : 0, authorizers.Count);
        foreach (var route in routes)
        {
            var isAsked = HasTokens(name) && route.Say("RouteKey") == "$connect";
            Assert.Equal(isAsked ? "CUSTOM" : "NONE", route.Say("AuthorizationType"));
            Assert.Equal(isAsked ? $"{{{authorizers[0].Name}}}" : null, route.Say("AuthorizerId"));
        }
    }

    [Theory]
    [MemberData(nameof(Secured))]
    public void The_authorizer_sees_every_handshake_and_may_be_asked_by_this_API_only(string name)
    {
        var template = Both[name];
        var authorizer = Assert.Single(template.OfType("AWS::ApiGatewayV2::Authorizer"));
        var permission = Assert.Single(
            template.OfType("AWS::Lambda::Permission"), permission => permission.Say("FunctionName") == "{RoutesAuthorizeFunction.Arn}");

        Assert.Equal("REQUEST", authorizer.Say("AuthorizerType"));
        Assert.Contains("{RoutesAuthorizeFunction.Arn}", authorizer.Say("AuthorizerUri"), StringComparison.Ordinal);
        Assert.Null(authorizer.Say("IdentitySource.0"));
        Assert.Equal("apigateway.amazonaws.com", permission.Say("Principal"));
        Assert.Equal($"{Api}/authorizers/{{{authorizer.Name}}}", permission.Say("SourceArn"));
    }

    [Theory]
    [MemberData(nameof(Secured))]
    public void A_deployment_with_an_authorizer_is_another_one_and_waits_for_it(string name)
    {
        var deployment = Assert.Single(Both[name].OfType("AWS::ApiGatewayV2::Deployment"));
        var before = Assert.Single(Synthesized.Small.OfType("AWS::ApiGatewayV2::Deployment"));

        Assert.NotEqual(before.Id, deployment.Id);
        Assert.Contains(Assert.Single(Both[name].OfType("AWS::ApiGatewayV2::Authorizer")).Id, deployment.DependsOn);
    }

    [Fact]
    public void The_function_is_told_what_the_configuration_says()
    {
        var byIssuer = Synthesized.Secured.Named("RoutesAuthorizeFunction");
        var byKey = Synthesized.SecuredFunctions.Named("RoutesAuthorizeFunction");

        Assert.Equal("authorize", byIssuer.Say("Handler"));
        Assert.Equal("required", byIssuer.Say("Environment.Variables.AUTH_MODE"));
        Assert.Equal("web-client,phone-client", byIssuer.Say("Environment.Variables.AUTH_AUDIENCE"));
        Assert.Equal("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI", byIssuer.Say("Environment.Variables.AUTH_ISSUER"));
        Assert.Equal("true", byIssuer.Say("Environment.Variables.AUTH_OPEN_ROOMS"));
        Assert.Equal("optional", byKey.Say("Environment.Variables.AUTH_MODE"));
        Assert.Equal("arn:aws:ssm:eu-central-1:111122223333:parameter/chat/public-key", byKey.Say("Environment.Variables.AUTH_PUBLIC_KEY"));
        Assert.Equal("false", byKey.Say("Environment.Variables.AUTH_OPEN_ROOMS"));
        Assert.Null(byKey.Say("Environment.Variables.AUTH_ISSUER"));

        // What it is given is what it takes.
        foreach (var function in (Resource[])[byIssuer, byKey])
        {
            var variables = function.Json["Properties"]!["Environment"]!["Variables"]!;
            AuthSettings.FromEnvironment(variable => variables[variable] is { } value ? $"{value}" : null);
        }
    }

    [Theory]
    [MemberData(nameof(Secured))]
    public void Guests_have_the_same_names_in_all_functions_and_bans_are_looked_up_once(string name)
    {
        var template = Both[name];
        var key = template.Named("RoutesAuthorizeFunction").Say("Environment.Variables.GUEST_KEY");

        Assert.NotNull(key);
        Assert.Equal(key, template.Named("RoutesOnMessageFunction").Say("Environment.Variables.GUEST_KEY"));
        Assert.NotNull(template.Named("RoutesAuthorizeFunction").Say("Environment.Variables.BANS_TABLE"));
        Assert.Null(template.Named("RoutesConnectFunction").Say("Environment.Variables.BANS_TABLE"));
        Assert.NotNull(Synthesized.Small.Named("RoutesConnectFunction").Say("Environment.Variables.BANS_TABLE"));
    }

    [Fact]
    public void The_authorizer_may_read_bans_and_its_key_and_nothing_else()
    {
        string[] always =
        [
            "dynamodb:GetItem on {TablesBans.Arn}",
            "logs:CreateLogStream on {RoutesAuthorizeLogs.Arn}",
            "logs:PutLogEvents on {RoutesAuthorizeLogs.Arn}",
        ];

        Assert.Equal(always, RightsOf(Synthesized.Secured, "RoutesAuthorizeRole"));
        Assert.Equal(
            [.. always, "ssm:GetParameter on arn:aws:ssm:eu-central-1:111122223333:parameter/chat/public-key"],
            RightsOf(Synthesized.SecuredFunctions, "RoutesAuthorizeRole"));
        Assert.DoesNotContain(RightsOf(Synthesized.Secured, "RoutesConnectRole"), right => right.StartsWith("dynamodb:", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Synthesized.All), MemberType = typeof(Synthesized))]
    public void Moderators_have_routes_and_a_function_where_there_are_tokens_and_nothing_of_it_otherwise(string name)
    {
        var template = Synthesized.ByName(name);
        string[] actions = ["ban", "disconnect", "unban"];

        Assert.Equal(
            HasTokens(name) ? actions : [],
            template.OfType("AWS::ApiGatewayV2::Route").Select(route => route.Say("RouteKey")!).Intersect(actions).Order(StringComparer.Ordinal));
        Assert.Equal(
            HasTokens(name) ? 1 : 0,
            template.OfType("AWS::Lambda::Function").Count(function => function.Say("Handler") == RouteFunction.Moderate));
        Assert.Equal(
            HasTokens(name),
            template.OfType("AWS::CloudWatch::Alarm").Any(alarm => alarm.Say("AlarmName")!.EndsWith("Route-moderate-errors", StringComparison.Ordinal)));
    }

    [Theory]
    [MemberData(nameof(Secured))]
    public void Each_route_of_moderators_calls_their_function_answers_and_takes_a_share_of_the_stage_only(string name)
    {
        var template = Both[name];
        var stage = template.Named("ApiStage");
        var permissions = template.OfType("AWS::Lambda::Permission")
            .Where(permission => permission.Say("FunctionName") == "{RoutesModerateFunction.Arn}")
            .Select(permission => permission.Say("SourceArn"))
            .ToList();
        var function = template.Named("RoutesModerateFunction");

        foreach (var action in (string[])["ban", "disconnect", "unban"])
        {
            var route = template.OfType("AWS::ApiGatewayV2::Route").Single(route => route.Say("RouteKey") == action);
            var integration = template.Named(route.Say("Target")!["integrations/".Length..].Trim('{', '}'));
            Assert.Contains("{RoutesModerateFunction.Arn}", integration.Say("IntegrationUri"), StringComparison.Ordinal);
            Assert.Equal("$default", route.Say("RouteResponseSelectionExpression"));
            Assert.Equal(
                10, double.Parse(stage.Say("DefaultRouteSettings.ThrottlingRateLimit")!) / double.Parse(stage.Say($"RouteSettings.{action}.ThrottlingRateLimit")!));
            Assert.Contains($"{Api}/prod/{action}", permissions);
            Assert.Contains(route.Id, Assert.Single(template.OfType("AWS::ApiGatewayV2::Deployment")).DependsOn);
        }

        Assert.Equal(3, permissions.Count);
        Assert.Null(function.Say("ReservedConcurrentExecutions"));
        Assert.Equal(template.Named("RoutesJoinFunction").Say("Environment.Variables.CONNECTIONS_QUEUE"), function.Say("Environment.Variables.CONNECTIONS_QUEUE"));
        Assert.Equal(
            new[] { "logs:CreateLogStream on {RoutesModerateLogs.Arn}", "logs:PutLogEvents on {RoutesModerateLogs.Arn}" }
                .Concat(DeployedRights.OfRoute(RouteFunction.Moderate).Select(Permission.Say)).Order(StringComparer.Ordinal),
            RightsOf(template, "RoutesModerateRole").Order(StringComparer.Ordinal));
    }

    [Fact]
    public void The_registry_may_ban_and_end_connections_where_there_are_moderators()
    {
        var withoutTokens = RightsOf(Synthesized.Small, "WorkersRegistryTaskTaskRole").ToHashSet(StringComparer.Ordinal);
        var ofFunctionWithoutTokens = RightsOf(Synthesized.SmallFunctions, "WorkersRegistryRole").ToHashSet(StringComparer.Ordinal);
        string[] moderation = [.. DeployedRights.Moderation.Select(Permission.Say)];

        Assert.Equal(
            moderation.Order(StringComparer.Ordinal),
            RightsOf(Synthesized.Secured, "WorkersRegistryTaskTaskRole").Except(withoutTokens).Order(StringComparer.Ordinal));
        Assert.Equal(
            [
                .. moderation.Append("dynamodb:Scan on {TablesBans.Arn}").Append("dynamodb:Scan on {TablesConnections.Arn}").Order(StringComparer.Ordinal),
                $"execute-api:ManageConnections on {Api}/prod/DELETE/@connections/*",
                $"execute-api:ManageConnections on {Api}/prod/POST/@connections/*",
            ],
            RightsOf(Synthesized.SecuredFunctions, "WorkersRegistryRole").Except(ofFunctionWithoutTokens).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_secret_of_Secrets_Manager_is_read_by_its_whole_name()
    {
        const string Arn = "arn:aws:secretsmanager:eu-central-1:111122223333:secret:chat-AbCdEf";
        var template = Synthesized.Synthesize("by-secret", Synthesized.Config with
        {
            Auth = new AuthConfig { Mode = AuthMode.Required, Audience = ["chat"], Secret = Arn },
        });

        Assert.Equal(Arn, template.Named("RoutesAuthorizeFunction").Say("Environment.Variables.AUTH_SECRET"));
        Assert.Contains($"secretsmanager:GetSecretValue on {Arn}", RightsOf(template, "RoutesAuthorizeRole"));
    }

    [Fact]
    public void An_alarm_rings_when_nobody_can_be_let_in_and_not_when_somebody_is_refused()
    {
        var filter = Assert.Single(Synthesized.Secured.OfType("AWS::Logs::MetricFilter"), filter => filter.Say("LogGroupName") == "{RoutesAuthorizeLogs}");

        Assert.Equal($"\"{AuthorizeFunction.OutOfReach}\"", filter.Say("FilterPattern"));
        var names = Synthesized.Secured.OfType("AWS::CloudWatch::Alarm").Select(alarm => alarm.Say("AlarmName")!).ToList();
        Assert.Contains("chat-prod-Authorize-unavailable", names);
        Assert.DoesNotContain("chat-prod-Route-authorize-errors", names);
    }

    [Theory]
    [MemberData(nameof(Secured))]
    public void The_domain_leads_to_the_stage_and_posts_go_through_it(string name)
    {
        var template = Both[name];
        var domain = Assert.Single(template.OfType("AWS::ApiGatewayV2::DomainName"));
        var mapping = Assert.Single(template.OfType("AWS::ApiGatewayV2::ApiMapping"));

        Assert.Equal("chat.example.com", domain.Say("DomainName"));
        Assert.Equal("REGIONAL", domain.Say("DomainNameConfigurations.0.EndpointType"));
        Assert.Equal("TLS_1_2", domain.Say("DomainNameConfigurations.0.SecurityPolicy"));
        Assert.Equal(("{ApiWebSocket}", $"{{{domain.Name}}}", "{ApiStage}"), (mapping.Say("ApiId"), mapping.Say("DomainName"), mapping.Say("Stage")));
        Assert.Null(mapping.Say("ApiMappingKey"));
        Assert.Equal("https://chat.example.com", template.Named("RoutesConnectFunction").Say("Environment.Variables.CALLBACK_ENDPOINT"));
        Assert.Equal("wss://chat.example.com", template.Output("WebSocketUrl"));
    }

    [Fact]
    public void A_zone_of_the_account_gets_a_certificate_and_a_record_and_another_one_a_hint()
    {
        var record = Assert.Single(Synthesized.Secured.OfType("AWS::Route53::RecordSet"));
        Assert.Equal(("chat.example.com.", "A", "Z0123456789ABCDEFGHIJ"), (record.Say("Name"), record.Say("Type"), record.Say("HostedZoneId")));
        Assert.Equal("chat.example.com", Assert.Single(Synthesized.Secured.OfType("AWS::CertificateManager::Certificate")).Say("DomainName"));
        Assert.Contains("FanOut__CallbackEndpoint=https://chat.example.com", Synthesized.Secured.EnvironmentOf("WorkersFanOutTask"));

        Assert.Empty(Synthesized.SecuredFunctions.OfType("AWS::Route53::RecordSet"));
        Assert.Empty(Synthesized.SecuredFunctions.OfType("AWS::CertificateManager::Certificate"));
        Assert.NotNull(Synthesized.SecuredFunctions.Output("DomainTarget"));
    }

    [Fact]
    public void Without_a_domain_there_is_none() => Assert.Empty(Synthesized.Small.OfType("AWS::ApiGatewayV2::DomainName"));

    private static IEnumerable<string> RightsOf(Template template, string role) =>
        from permission in Permission.In(template)
        where permission.Role == role
        let right = $"{permission.Action} on {permission.Resource}"
        orderby right
        select right;
}
