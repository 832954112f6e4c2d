using ChatEvents.Deploy;
using ChatEvents.Deploy.Configuration;

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

    private static readonly Lazy<Template> SmallTemplate = new(() => Synthesize("small", Prebuilt));

    private static readonly Lazy<Template> MediumTemplate = new(() => Synthesize("medium", Prebuilt with
    {
        Size = DeploymentSize.Medium,
        Architecture = CpuArchitecture.X64,
        Network = new NetworkConfig { Kind = NetworkKind.Public },
        ManageApiGatewayLogRole = false,
    }));

    private static readonly Lazy<Template> LargeTemplate = new(() => Synthesize("large", Prebuilt with
    {
        Size = DeploymentSize.Large,
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
    }));

    private static readonly Lazy<Template> SecuredTemplate = new(() => Synthesize("secured", Prebuilt with
    {
        Auth = new AuthConfig
        {
            Mode = AuthMode.Required,
            Issuer = "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_AbCdEfGhI",
            Audience = ["web-client", "phone-client"],
        },
        Domain = new DomainConfig { Name = "chat.example.com", HostedZone = new() { Id = "Z0123456789ABCDEFGHIJ", Name = "example.com" } },
    }));

    private static readonly Lazy<Template> SecuredFunctionsTemplate = new(() => Synthesize("secured-functions", AsFunctions with
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
    }));

    private static readonly Lazy<Template> SmallFunctionsTemplate = new(() => Synthesize("small-functions", AsFunctions));

    private static readonly Lazy<Template> MediumFunctionsTemplate = new(() => Synthesize("medium-functions", AsFunctions with
    {
        Size = DeploymentSize.Medium,
        Architecture = CpuArchitecture.X64,
        ManageApiGatewayLogRole = false,
    }));

    private static readonly Lazy<Template> LargeFunctionsTemplate = new(() => Synthesize("large-functions", AsFunctions with
    {
        Size = DeploymentSize.Large,
        CallbackEndpoint = "https://chat.example.com/live",
    }));

    /// <summary>The smallest: ARM64, a new network with a NAT, images of the account's registry.</summary>
    public static Template Small => SmallTemplate.Value;

    /// <summary>Medium, x64, in public subnets; another stack sets API Gateway's log role.</summary>
    public static Template Medium => MediumTemplate.Value;

    /// <summary>Large, in an existing network with an execute-api endpoint, and therefore with a custom domain.</summary>
    public static Template Large => LargeTemplate.Value;

    /// <summary>As <see cref="Small"/>, with the workers as functions.</summary>
    public static Template SmallFunctions => SmallFunctionsTemplate.Value;

    /// <summary>Medium and x64, with the workers as functions; another stack sets API Gateway's log role.</summary>
    public static Template MediumFunctions => MediumFunctionsTemplate.Value;

    /// <summary>Large and with a custom domain, with the workers as functions.</summary>
    public static Template LargeFunctions => LargeFunctionsTemplate.Value;

    /// <summary>As <see cref="Small"/>, with tokens of an issuer and a domain in a zone of the account.</summary>
    public static Template Secured => SecuredTemplate.Value;

    /// <summary>As <see cref="SmallFunctions"/>, with guests beside tokens by a public key, and a domain whose zone is elsewhere.</summary>
    public static Template SecuredFunctions => SecuredFunctionsTemplate.Value;

    public static TheoryData<string> OnContainers => ["small", "medium", "large"];

    public static TheoryData<string> OnFunctions => ["small-functions", "medium-functions", "large-functions"];

    public static TheoryData<string> All => [.. OnContainers.Concat(OnFunctions), "secured", "secured-functions"];

    public static Template ByName(string name) => name switch
    {
        "small" => Small,
        "medium" => Medium,
        "large" => Large,
        "small-functions" => SmallFunctions,
        "medium-functions" => MediumFunctions,
        "large-functions" => LargeFunctions,
        "secured" => Secured,
        "secured-functions" => SecuredFunctions,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, null),
    };

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

    // A folder as deploy/publish-lambdas creates it, with the files that the synthesis reads.
    private static string PlaceholderPackage(string name)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Folder, name)).FullName;
        File.WriteAllText(Path.Combine(folder, "bootstrap"), "");
        return folder;
    }
}
