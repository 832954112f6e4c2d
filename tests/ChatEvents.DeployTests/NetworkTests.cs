using Amazon.CDK.AWS.EC2;
using ChatEvents.DeployTests.Synthesis;

namespace ChatEvents.DeployTests;

public class NetworkTests
{
    [Fact]
    public void A_new_network_has_private_tasks_behind_one_NAT()
    {
        Assert.Single(Synthesized.Small.OfType("AWS::EC2::NatGateway"));
        Assert.All(Synthesized.Small.OfType("AWS::ECS::Service"), service =>
        {
            Assert.Equal("DISABLED", service.Say("NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp"));
            Assert.Contains("PrivateSubnet", service.Say("NetworkConfiguration.AwsvpcConfiguration.Subnets"), StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("small", "NatGatewayId")]
    [InlineData("medium", "GatewayId")]
    public void Services_start_when_there_is_a_way_out(string name, string exit)
    {
        var template = Synthesized.ByName(name);
        var waysOut = template.OfType("AWS::EC2::Route")
            .Where(route => route.Say(exit) is not null)
            .Select(route => route.Id)
            .ToHashSet();

        Assert.NotEmpty(waysOut);
        Assert.All(template.OfType("AWS::ECS::Service"), service => Assert.Superset(waysOut, service.DependsOn.ToHashSet()));
    }

    [Fact]
    public void A_public_network_saves_the_NAT_and_gives_the_tasks_addresses()
    {
        Assert.Empty(Synthesized.Medium.OfType("AWS::EC2::NatGateway"));
        Assert.All(
            Synthesized.Medium.OfType("AWS::ECS::Service"),
            service => Assert.Equal("ENABLED", service.Say("NetworkConfiguration.AwsvpcConfiguration.AssignPublicIp")));
    }

    [Fact]
    public void An_existing_network_is_used_as_it_is()
    {
        Assert.Empty(Synthesized.Large.OfType("AWS::EC2::VPC"));
        Assert.Empty(Synthesized.Large.OfType("AWS::EC2::Subnet"));
        Assert.Equal("vpc-0123456789abcdef0", Assert.Single(Synthesized.Large.OfType("AWS::EC2::SecurityGroup")).Say("VpcId"));
        Assert.All(
            Synthesized.Large.OfType("AWS::ECS::Service"),
            service => Assert.Equal(
                "subnet-0000000000000000a, subnet-0000000000000000b, subnet-0000000000000000c",
                service.Say("NetworkConfiguration.AwsvpcConfiguration.Subnets")));
    }

    [Theory]
    [MemberData(nameof(Synthesized.OnContainers), MemberType = typeof(Synthesized))]
    public void Workers_let_nothing_in_and_only_HTTPS_out(string name)
    {
        var group = Assert.Single(Synthesized.ByName(name).OfType("AWS::EC2::SecurityGroup"));

        Assert.Null(group.Say("SecurityGroupIngress"));
        Assert.Empty(Synthesized.ByName(name).OfType("AWS::EC2::SecurityGroupIngress"));
        var egress = Assert.Single(group.Properties["SecurityGroupEgress"]!.AsArray())!;
        Assert.Equal("443", egress["ToPort"]!.ToString());
        Assert.Equal("443", egress["FromPort"]!.ToString());
    }

    [Theory]
    [MemberData(nameof(Synthesized.All), MemberType = typeof(Synthesized))]
    public void Nothing_of_ours_gets_in_the_way_of_posts_to_connections(string name)
    {
        Assert.DoesNotContain(
            Synthesized.ByName(name).OfType("AWS::EC2::VPCEndpoint"),
            endpoint => endpoint.Say("ServiceName")!.EndsWith("execute-api", StringComparison.Ordinal));
        Assert.Empty(Synthesized.ByName(name).Messages);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void An_execute_api_endpoint_with_private_DNS_is_refused_wherever_it_comes_from(bool? privateDns, bool refused)
    {
        var template = Synthesized.Synthesize($"endpoint-{privateDns}", Synthesized.Config, stack =>
            _ = new CfnVPCEndpoint(stack, "Extension", new CfnVPCEndpointProps
            {
                VpcId = "vpc-0123456789abcdef0",
                ServiceName = "com.amazonaws.eu-central-1.execute-api",
                VpcEndpointType = "Interface",
                PrivateDnsEnabled = privateDns,
            }));

        Assert.Equal(refused, template.Messages.Any(message => message.Contains("403", StringComparison.Ordinal)));
    }
}
