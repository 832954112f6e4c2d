using System.Text.RegularExpressions;
using ChatEvents.Contracts;

namespace ChatEvents.Deploy.Configuration;

/// <summary>The rules of a configuration; each has one sentence.</summary>
public static partial class ChatConfigRules
{
    // The values that CloudWatch Logs accepts; see its PutRetentionPolicy.
    private static readonly int[] LogRetentions =
        [1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653];

    /// <exception cref="InvalidConfigException">A rule is broken; the message is the first such rule.</exception>
    public static void Check(ChatConfig config)
    {
        Require(NamePattern().IsMatch(config.Name), $"name must be 2 to 20 of a-z, 0-9 and '-', beginning with a letter, but is \"{config.Name}\".");
        Require(StagePattern().IsMatch(config.Stage), $"stage must be 1 to 20 of a-z, 0-9 and '-', but is \"{config.Stage}\".");
        Require(
            config.MaxMessageBytes is >= 1 and <= Limits.MaxGatewayMessageBytes,
            $"maxMessageBytes must be from 1 to {Limits.MaxGatewayMessageBytes}, but is {config.MaxMessageBytes}.");
        Require(
            config.HistoryRetentionHours is >= 3 and <= 720,
            $"historyRetentionHours must be from 3 to 720, but is {config.HistoryRetentionHours}.");
        Require(
            config.HistoryMaxMessages is >= 1 and <= 1_000,
            $"historyMaxMessages must be from 1 to 1000, but is {config.HistoryMaxMessages}.");
        Require(
            config.ReservedConcurrency is >= 0 and <= 1_000,
            $"reservedConcurrency must be from 0 to 1000, but is {config.ReservedConcurrency}.");
        Require(
            LogRetentions.Contains(config.LogRetentionDays),
            $"logRetentionDays must be one of {string.Join(", ", LogRetentions)}, but is {config.LogRetentionDays}.");
        Require(
            config.AlarmEmail is null || MailPattern().IsMatch(config.AlarmEmail),
            $"alarmEmail must be a mail address, but is \"{config.AlarmEmail}\".");
        Require(
            config.CallbackEndpoint is null || IsCallbackEndpoint(config.CallbackEndpoint),
            $"callbackEndpoint must be an https URL without query and without a slash at the end, but is \"{config.CallbackEndpoint}\".");
        Require(
            config.Images is not { Tag: "" or "latest" },
            "images.tag must name a version: a rollback could not go back to what \"latest\" was.");
        CheckAuth(config.Auth);
        CheckSite(config);
        CheckDomain(config);
        CheckWorkers(config);
        CheckNetwork(config);
    }

    private static void CheckAuth(AuthConfig auth)
    {
        if (!auth.HasAuthorizer)
        {
            Require(
                auth == new AuthConfig(),
                "auth describes tokens, and without auth.mode nobody has one; set auth.mode to \"optional\" or \"required\", or leave auth out.");
            return;
        }

        Require(
            auth.Audience.Count > 0 && auth.Audience.All(audience => audience.Length > 0 && !audience.Contains(',')),
            "auth.audience must name whom tokens are for, without commas: otherwise a token for any other application would do.");
        Require(auth.PublicKey is null || auth.Secret is null, "auth.publicKey and auth.secret exclude each other; set one of them.");
        Require(
            auth.Stored.All(arn => StoredPattern().IsMatch(arn)),
            "auth.publicKey and auth.secret must be the whole ARN of an SSM parameter (arn:aws:ssm:...:parameter/name) or of a secret "
            + $"(arn:aws:secretsmanager:...:secret:name-AbCdEf), but is \"{auth.Stored.FirstOrDefault(arn => !StoredPattern().IsMatch(arn))}\".");
        Require(
            auth.Stored.Count > 0 || IsIssuer(auth.Issuer),
            $"auth.issuer must be an https URL without query, where the keys of tokens are found, but is \"{auth.Issuer}\".");
    }

    private static void CheckSite(ChatConfig config)
    {
        var auth = config.Auth;
        Require(
            config.Site || (auth.ClientId is null && auth.SignInOrigins.Count == 0),
            "auth.clientId and auth.signInOrigins are for the page; set site to true, or leave them out.");
        Require(auth.ClientId is null || IsIssuer(auth.Issuer), "auth.clientId is the page's at auth.issuer, which is missing.");
        Require(
            auth.SignInOrigins.All(origin => OriginPattern().IsMatch(origin)),
            "auth.signInOrigins must be https URLs without a path, such as https://login.example.com, but is "
            + $"\"{auth.SignInOrigins.FirstOrDefault(origin => !OriginPattern().IsMatch(origin))}\".");
    }

    private static void CheckDomain(ChatConfig config)
    {
        if (config.Domain is not { } domain) return;
        Require(DomainPattern().IsMatch(domain.Name), $"domain.name must be a name such as chat.example.com, but is \"{domain.Name}\".");
        Require(
            domain.Certificate is null || CertificatePattern().IsMatch(domain.Certificate),
            $"domain.certificate must be the ARN of a certificate in ACM, but is \"{domain.Certificate}\".");
        Require(
            domain.Certificate is not null || domain.HostedZone is not null,
            "domain needs a certificate, or a hostedZone by which a new one is validated.");
        Require(
            domain.HostedZone is not { } zone
            || (ZonePattern().IsMatch(zone.Id) && (domain.Name == zone.Name || domain.Name.EndsWith($".{zone.Name}", StringComparison.Ordinal))),
            "domain.hostedZone must be the id and the name of the zone that the domain is in, such as Z0123456789ABCDEFGHIJ and example.com, but is "
            + $"\"{domain.HostedZone?.Id}\" and \"{domain.HostedZone?.Name}\".");
        Require(
            config.CallbackEndpoint is null,
            "callbackEndpoint follows from domain, and is for a domain that this stack does not manage; leave it out.");
    }

    private static bool IsIssuer(string? value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url) && url is { Scheme: "https", Query: "", Fragment: "", UserInfo: "" };

    private static void CheckWorkers(ChatConfig config)
    {
        if (config.Workers != WorkerHosting.Lambda) return;
        Require(
            config.Network == new NetworkConfig(),
            "network says where containers run, and with workers set to \"lambda\" there are none; leave it out.");
        Require(
            config.Images is null,
            "images are those of containers, and with workers set to \"lambda\" there are none; leave them out.");
        Require(!config.Spot, "spot is about containers, and with workers set to \"lambda\" there are none; leave it out.");
    }

    private static void CheckNetwork(ChatConfig config)
    {
        var network = config.Network;
        if (network.Kind != NetworkKind.Existing)
        {
            Require(
                network is { VpcId: null, SubnetIds.Count: 0, AvailabilityZones.Count: 0, HasExecuteApiEndpoint: null, AssignPublicIp: false },
                "network.vpcId, subnetIds, availabilityZones, assignPublicIp and hasExecuteApiEndpoint describe an existing network; "
                + "set network.kind to \"existing\" or leave them out.");
            return;
        }

        Require(
            network.VpcId is { } vpc && VpcPattern().IsMatch(vpc),
            $"network.vpcId must be the id of the existing network, such as vpc-0123456789abcdef0, but is \"{network.VpcId}\".");
        Require(
            network.SubnetIds.Count > 0 && network.SubnetIds.All(subnet => SubnetPattern().IsMatch(subnet)),
            "network.subnetIds must be ids of subnets of the existing network, such as subnet-0123456789abcdef0, but are "
            + $"[{string.Join(", ", network.SubnetIds)}].");
        Require(
            network.AvailabilityZones.Count == network.SubnetIds.Count,
            $"network.availabilityZones must name the zone of each subnet, {network.SubnetIds.Count} in all, but names {network.AvailabilityZones.Count}.");
        Require(
            network.HasExecuteApiEndpoint is not null,
            "network.hasExecuteApiEndpoint must be answered with true or false for an existing network; docs/deploy.md tells how to find out.");
        Require(
            network.HasExecuteApiEndpoint is false || config.PostsTo is not null,
            "network.hasExecuteApiEndpoint is true: the endpoint's private DNS would answer every post to a connection with 403, because "
            + "there are no private WebSocket APIs. Give the API a domain, or use another network.");
    }

    private static bool IsCallbackEndpoint(string value) =>
        Uri.TryCreate(value, UriKind.Absolute, out var url) && url is { Scheme: "https", Query: "", Fragment: "" } && !value.EndsWith('/');

    private static void Require(bool holds, string rule)
    {
        if (!holds) throw new InvalidConfigException(rule);
    }

    [GeneratedRegex("^[a-z][a-z0-9-]{1,19}$")]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[a-z0-9-]{1,20}$")]
    private static partial Regex StagePattern();

    [GeneratedRegex(@"^arn:aws[a-z-]*:(ssm:[a-z0-9-]+:\d{12}:parameter/[A-Za-z0-9_./-]+|secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+-[A-Za-z0-9]{6})$")]
    private static partial Regex StoredPattern();

    [GeneratedRegex(@"^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/[0-9a-f-]+$")]
    private static partial Regex CertificatePattern();

    [GeneratedRegex(@"^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")]
    private static partial Regex DomainPattern();

    [GeneratedRegex(@"^https://[a-z0-9.-]+(:\d+)?$")]
    private static partial Regex OriginPattern();

    [GeneratedRegex("^Z[A-Z0-9]{1,31}$")]
    private static partial Regex ZonePattern();

    [GeneratedRegex("^vpc-[0-9a-f]{8,17}$")]
    private static partial Regex VpcPattern();

    [GeneratedRegex("^subnet-[0-9a-f]{8,17}$")]
    private static partial Regex SubnetPattern();

    [GeneratedRegex(@"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    private static partial Regex MailPattern();
}
