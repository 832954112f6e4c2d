using ChatEvents.Deploy;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Deploy.Functions;

namespace ChatEvents.DeployTests.Synthesis;

/// <summary>
/// The templates for the tests. Each is synthesized once, because that takes the CDK a second or two. Nothing here needs an account, a
/// network or a published Lambda package.
/// </summary>
public static class Synthesized
{
    private static readonly Lock OneAtATime = new();

    private static readonly string Folder = Directory.CreateTempSubdirectory("chat-synth-").FullName;

    private static readonly ChatConfig Prebuilt = new()
    {
        Images = new ImagesConfig { Tag = "1.2.3" },
        RoutesPackage = PlaceholderPackage("routes"),
        AlarmEmail = "operators@example.com",
    };

    private static readonly ChatConfig AsFunctions = Prebuilt with
    {
        Images = null,
        Workers = WorkerHosting.Lambda,
        WorkersPackage = PlaceholderPackage("workers"),
    };

    /// <summary>The deployment that a checkout describes, at the stage of the local system.</summary>
    private static readonly ChatConfig Local = ChatConfigFile.Read(Path.Combine(SourceTree.Root, "deploy", "chat.json")) with
    {
        Stage = "local",
        Images = Prebuilt.Images,
        RoutesPackage = Prebuilt.RoutesPackage,
    };

    private static readonly Dictionary<string, ChatConfig> Configs = new()
    {
        ["local"] = Local,
        ["local-auth"] = Local with
        {
            Auth = new AuthConfig
            {
                Mode = AuthMode.Required,
                Audience = ["chat"],
                Secret = "arn:aws:ssm:eu-central-1:111122223333:parameter/chat/secret",
            },
        },
        ["small"] = Prebuilt,
        ["medium"] = Prebuilt with
        {
            Size = DeploymentSize.Medium,
            Architecture = CpuArchitecture.X64,
            RoutesPackage = PlaceholderPackage("routes-x64", CpuArchitecture.X64),
            Network = new NetworkConfig { Kind = NetworkKind.Public },
            ManageApiGatewayLogRole = false,
        },
        ["large"] = Prebuilt with
        {
            Size = DeploymentSize.Large,
            HistoryRetentionHours = 720,
            HistoryMaxMessages = 250,
            CallbackEndpoint = "https://chat.example.com/live",
            Tags = new Dictionary<string, string> { ["cost-centre"] = "4711" },
            Network = new NetworkConfig
            {
                Kind = NetworkKind.Existing,
                VpcId = "vpc-0123456789abcdef0",
                SubnetIds = ["subnet-0000000000000000a", "subnet-0000000000000000b", "subnet-0000000000000000c"],
                AvailabilityZones = ["eu-central-1a", "eu-central-1b", "eu-central-1b"],
                HasExecuteApiEndpoint = true,
            },
        },
        ["small-functions"] = AsFunctions,
        ["medium-functions"] = AsFunctions with
        {
            Size = DeploymentSize.Medium,
            Architecture = CpuArchitecture.X64,
            RoutesPackage = PlaceholderPackage("routes-x64", CpuArchitecture.X64),
            WorkersPackage = PlaceholderPackage("workers-x64", CpuArchitecture.X64),
            ManageApiGatewayLogRole = false,
        },
        ["large-functions"] = AsFunctions with
        {
            Size = DeploymentSize.Large,
            HistoryRetentionHours = 3,
            CallbackEndpoint = "https://chat.example.com/live",
        },
        ["development"] = Prebuilt with
        {
            Network = new NetworkConfig { Kind = NetworkKind.Public },
            Spot = true,
            Tracing = true,
            TerminationProtection = true,
        },
        ["secured"] = Prebuilt with
        {
            Auth = new AuthConfig
            {
                Mode = AuthMode.Required,
                Issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
                Audience = ["web-client", "phone-client"],
            },
            Domain = new DomainConfig { Name = "chat.example.com", HostedZone = new() { Id = "Z0123456789ABCDEFGHIJ", Name = "example.com" } },
        },
        ["secured-site"] = AsFunctions with
        {
            Site = true,
            Auth = new AuthConfig
            {
                Mode = AuthMode.Optional,
                Issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
                Audience = ["web-client"],
                ClientId = "web-client",
                SignInOrigins = ["https://chat.auth.eu-central-1.amazoncognito.com"],
            },
        },
        ["secured-functions"] = AsFunctions with
        {
            Auth = new AuthConfig
            {
                Mode = AuthMode.Optional,
                Audience = ["chat"],
                PublicKey = "arn:aws:ssm:eu-central-1:111122223333:parameter/chat/public-key",
                OpenRooms = false,
            },
            Domain = new DomainConfig
            {
                Name = "chat.example.com",
                Certificate = "arn:aws:acm:eu-central-1:111122223333:certificate/01234567-89ab-cdef-0123-456789abcdef",
            },
        },
    };

    private static readonly Dictionary<string, Lazy<Template>> Templates =
        Configs.ToDictionary(config => config.Key, config => new Lazy<Template>(() => Synthesize(config.Key, config.Value)));

    /// <summary>The smallest: ARM64, a new network with a NAT, images of the account's registry.</summary>
    public static Template Small => ByName("small");

    /// <summary>Medium, x64, in public subnets; another stack sets API Gateway's log role.</summary>
    public static Template Medium => ByName("medium");

    /// <summary>Large, in an existing network with an execute-api endpoint, and therefore with a custom domain.</summary>
    public static Template Large => ByName("large");

    /// <summary>As <see cref="Small"/>, with the workers as functions.</summary>
    public static Template SmallFunctions => ByName("small-functions");

    /// <summary>Large and with a custom domain, with the workers as functions.</summary>
    public static Template LargeFunctions => ByName("large-functions");

    /// <summary>Small, in public subnets, on Spot, with traces, and protected from deletion.</summary>
    public static Template Development => ByName("development");

    /// <summary>As <see cref="Small"/>, with tokens of an issuer and a domain in a zone of the account.</summary>
    public static Template Secured => ByName("secured");

    /// <summary>As <see cref="SmallFunctions"/>, with guests beside tokens by a public key, and a domain whose zone is elsewhere.</summary>
    public static Template SecuredFunctions => ByName("secured-functions");

    /// <summary>As <see cref="SmallFunctions"/>, with the page, where people sign in at Cognito or are guests.</summary>
    public static Template Site => ByName("secured-site");

    public static TheoryData<string> OnContainers => ["small", "medium", "large", "development"];

    public static TheoryData<string> OnFunctions => ["small-functions", "medium-functions", "large-functions"];

    public static TheoryData<string> All => [.. OnContainers.Concat(OnFunctions), "secured", "secured-functions", "secured-site"];

    public static Template ByName(string name) => Templates[name].Value;

    /// <summary>A configuration that synthesizes, for a test to change.</summary>
    public static ChatConfig Config => Prebuilt;

    /// <summary>Synthesizes the configuration of a test.</summary>
    public static Template Synthesize(string name, ChatConfig config, Action<ChatStack>? extend = null)
    {
        // There is one CDK process per program, and it handles one call at a time.
        lock (OneAtATime)
        {
            var (app, stack) = ChatApp.Create(config, Path.Combine(Folder, name));
            extend?.Invoke(stack);
            var assembly = app.Synth();
            var messages = assembly.Stacks[0].Messages.Select(message => $"{message.Level}: {message.Entry.Data}").ToList();
            return Template.Read(Path.Combine(assembly.Directory, $"{stack.StackName}.template.json"), messages);
        }
    }

    private static string PlaceholderPackage(string name, CpuArchitecture processor = CpuArchitecture.Arm64)
    {
        var package = Path.Combine(Folder, $"{name}.zip");
        PublishedPackage.WritePlaceholder(package, processor, SourceDigest.OfCheckout);
        return package;
    }
}
