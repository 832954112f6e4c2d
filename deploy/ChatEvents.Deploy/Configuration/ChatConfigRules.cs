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
            config.ReservedConcurrency is null or (>= 0 and <= 1_000),
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
        CheckWorkers(config);
        CheckNetwork(config);
    }

    private static void CheckWorkers(ChatConfig config)
    {
        if (config.Workers != WorkerHosting.Lambda) return;
        Require(
            config.Network == new NetworkConfig(),
            "network says where containers run, and with workers set to \"lambda\" there are none; leave it out.");
        Require(
            config.Images is null,
            "images are those of containers, and with workers set to \"lambda\" there are none; leave them out.");
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
            network.HasExecuteApiEndpoint is false || config.CallbackEndpoint is not null,
            "network.hasExecuteApiEndpoint is true: the endpoint's private DNS would answer every post to a connection with 403, because "
            + "there are no private WebSocket APIs. Give the API a custom domain and set callbackEndpoint to it, or use another network.");
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

    [GeneratedRegex("^vpc-[0-9a-f]{8,17}$")]
    private static partial Regex VpcPattern();

    [GeneratedRegex("^subnet-[0-9a-f]{8,17}$")]
    private static partial Regex SubnetPattern();

    [GeneratedRegex(@"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
    private static partial Regex MailPattern();
}
