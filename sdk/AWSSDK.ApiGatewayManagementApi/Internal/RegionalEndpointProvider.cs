using Amazon.Runtime;
using Amazon.Runtime.Endpoints;

namespace Amazon.ApiGatewayManagementApi.Internal;

/// <summary>The endpoint given in the configuration, else the service's own one in the region.</summary>
internal sealed class RegionalEndpointProvider(string hostPrefix) : IEndpointProvider
{
    public Endpoint ResolveEndpoint(EndpointParameters parameters)
    {
        var regional = (RegionalEndpointParameters)parameters;
        if (regional.UseFIPS || regional.UseDualStack)
        {
            throw new AmazonClientException("FIPS and dual-stack endpoints are known to the official package only.");
        }

        if (!string.IsNullOrEmpty(regional.Endpoint))
        {
            return new Endpoint(regional.Endpoint);
        }

        if (string.IsNullOrEmpty(regional.Region))
        {
            throw new AmazonClientException("Invalid Configuration: Missing Region");
        }

        // Core's partition table would give the suffix too, but it compiles a regular expression for each partition
        // first: 8 of some 165 ms of processor time that a cold start takes until its first message is sent.
        var suffix = RegionEndpoint.GetBySystemName(regional.Region).PartitionDnsSuffix;
        return new Endpoint($"https://{hostPrefix}.{regional.Region}.{suffix}");
    }
}
