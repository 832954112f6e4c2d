using Amazon.CDK;
using Amazon.CDK.AWS.EC2;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy.Workers;

/// <summary>
/// The network of the containers. They call AWS over HTTPS and nothing calls them, so the security group lets nothing in. Posts to
/// connections need a route to the internet, through a NAT or a public address, because there is no endpoint for them (see
/// ExecuteApiEndpointGuard).
/// </summary>
public sealed class WorkerNetwork : Construct
{
    private const int Zones = 2;

    public WorkerNetwork(Construct scope, string id, NetworkConfig config)
        : base(scope, id)
    {
        (Vpc, Subnets, AssignPublicIp) = config.Kind switch
        {
            NetworkKind.New => (
                CreateVpc(natGateways: 1, PublicSubnets(), PrivateSubnets()),
                new SubnetSelection { SubnetType = SubnetType.PRIVATE_WITH_EGRESS },
                false),
            NetworkKind.Public => (
                CreateVpc(natGateways: 0, PublicSubnets()),
                new SubnetSelection { SubnetType = SubnetType.PUBLIC },
                true),
            NetworkKind.Existing => (FindVpc(config), FindSubnets(config), config.AssignPublicIp),
            _ => throw new ArgumentOutOfRangeException(nameof(config), config.Kind, null),
        };

        SecurityGroup = new SecurityGroup(this, "SecurityGroup", new SecurityGroupProps
        {
            Vpc = Vpc,
            AllowAllOutbound = false,
            Description = "Chat workers: nothing in, HTTPS out",
        });
        SecurityGroup.AddEgressRule(Peer.AnyIpv4(), Port.Tcp(443), "AWS services and @connections");
    }

    public IVpc Vpc { get; }

    public SubnetSelection Subnets { get; }

    public bool AssignPublicIp { get; }

    /// <summary>The routes of the subnets to the internet. The VPC's own dependency is its gateway only, without the routes.</summary>
    public IDependable WayOut => Vpc.SelectSubnets(Subnets).InternetConnectivityEstablished;

    public SecurityGroup SecurityGroup { get; }

    private Vpc CreateVpc(int natGateways, params SubnetConfiguration[] subnets) => new(this, "Vpc", new VpcProps
    {
        MaxAzs = Zones,
        NatGateways = natGateways,
        SubnetConfiguration = subnets,
        // Both endpoints are free, and save the NAT's charge for reads of rooms and layers of images.
        GatewayEndpoints = new Dictionary<string, IGatewayVpcEndpointOptions>
        {
            ["DynamoDb"] = new GatewayVpcEndpointOptions { Service = GatewayVpcEndpointAwsService.DYNAMODB },
            ["S3"] = new GatewayVpcEndpointOptions { Service = GatewayVpcEndpointAwsService.S3 },
        },
    });

    private static SubnetConfiguration PublicSubnets() => new() { Name = "Public", SubnetType = SubnetType.PUBLIC, CidrMask = 24 };

    private static SubnetConfiguration PrivateSubnets() =>
        new() { Name = "Private", SubnetType = SubnetType.PRIVATE_WITH_EGRESS, CidrMask = 24 };

    // From attributes, not by a look-up, because the synthesis must not need an account.
    private IVpc FindVpc(NetworkConfig config) => Amazon.CDK.AWS.EC2.Vpc.FromVpcAttributes(this, "Vpc", new VpcAttributes
    {
        VpcId = config.VpcId!,
        AvailabilityZones = [.. config.AvailabilityZones.Distinct()],
    });

    private SubnetSelection FindSubnets(NetworkConfig config) =>
        new() { Subnets = [.. config.SubnetIds.Zip(config.AvailabilityZones, FindSubnet)] };

    private ISubnet FindSubnet(string subnetId, string zone)
    {
        var subnet = Subnet.FromSubnetAttributes(this, subnetId, new SubnetAttributes { SubnetId = subnetId, AvailabilityZone = zone });
        // The stack adds no routes, so it does not need the id of the route table.
        Annotations.Of(subnet).AcknowledgeWarning("@aws-cdk/aws-ec2:noSubnetRouteTableId");
        return subnet;
    }
}
