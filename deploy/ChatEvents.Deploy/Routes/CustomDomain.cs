using Amazon.CDK.AWS.Apigatewayv2;
using Amazon.CDK.AWS.CertificateManager;
using Amazon.CDK.AWS.Route53;
using ChatEvents.Deploy.Configuration;
using Constructs;

namespace ChatEvents.Deploy.Routes;

/// <summary>The domain name of the API: certificate, mapping to the stage, and, where the zone is ours, the records.</summary>
internal sealed class CustomDomain : Construct
{
    public CustomDomain(Construct scope, string id, DomainConfig config, CfnApi api, CfnStage stage)
        : base(scope, id)
    {
        var zone = config.HostedZone is { } ours
            ? HostedZone.FromHostedZoneAttributes(this, "Zone", new HostedZoneAttributes { HostedZoneId = ours.Id, ZoneName = ours.Name })
            : null;
        var domain = new CfnDomainName(this, "Name", new CfnDomainNameProps
        {
            DomainName = config.Name,
            DomainNameConfigurations = new[]
            {
                new CfnDomainName.DomainNameConfigurationProperty
                {
                    CertificateArn = config.Certificate ?? NewCertificate(config.Name, zone!).CertificateArn,
                    EndpointType = "REGIONAL",
                    SecurityPolicy = "TLS_1_2",
                },
            },
        });

        // Without a key, so that the stage is not part of the URL.
        _ = new CfnApiMapping(this, "Mapping", new CfnApiMappingProps { ApiId = api.Ref, DomainName = domain.Ref, Stage = stage.Ref });
        Target = domain.AttrRegionalDomainName;
        if (zone is not null) AddRecord(config.Name, zone, domain);
    }

    /// <summary>What the name has to point at.</summary>
    public string Target { get; }

    private Certificate NewCertificate(string name, IHostedZone zone) => new(this, "Certificate", new CertificateProps
    {
        DomainName = name,
        Validation = CertificateValidation.FromDns(zone),
    });

    private void AddRecord(string name, IHostedZone zone, CfnDomainName domain) => _ = new CfnRecordSet(this, "Record", new CfnRecordSetProps
    {
        HostedZoneId = zone.HostedZoneId,
        Name = $"{name}.",
        Type = "A",
        AliasTarget = new CfnRecordSet.AliasTargetProperty
        {
            DnsName = domain.AttrRegionalDomainName,
            HostedZoneId = domain.AttrRegionalHostedZoneId,
            EvaluateTargetHealth = false,
        },
    });
}
