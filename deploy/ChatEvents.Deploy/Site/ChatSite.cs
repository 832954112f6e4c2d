using Amazon.CDK;
using Amazon.CDK.AWS.CloudFront;
using Amazon.CDK.AWS.CloudFront.Origins;
using Amazon.CDK.AWS.S3;
using ChatEvents.Deploy.Configuration;
using ChatEvents.Page;
using Constructs;

namespace ChatEvents.Deploy.Site;

/// <summary>
/// The page on CloudFront, from a bucket that only this distribution can read. Nothing of the stack can write to the bucket: the files are put
/// there by the deploying machine (<see cref="SiteFiles"/>).
/// </summary>
internal sealed class ChatSite : Construct
{
    public ChatSite(Construct scope, string id, ChatConfig config, string webSocketOrigin)
        : base(scope, id)
    {
        // CloudFront is one for all regions, and its names are, too.
        var name = $"{config.StackName}-{Stack.Of(this).Region}";
        Bucket = new Bucket(this, "Files", new BucketProps
        {
            BlockPublicAccess = BlockPublicAccess.BLOCK_ALL,
            Encryption = BucketEncryption.S3_MANAGED,
            EnforceSSL = true,
            ObjectOwnership = ObjectOwnership.BUCKET_OWNER_ENFORCED,
            // CloudFormation deletes no bucket that has files.
            RemovalPolicy = RemovalPolicy.RETAIN,
        });
        var distribution = new Distribution(this, "Distribution", new DistributionProps
        {
            Comment = $"The page of {config.StackName}",
            DefaultRootObject = "index.html",
            HttpVersion = HttpVersion.HTTP2_AND_3,
            PriceClass = PriceClass.PRICE_CLASS_100,
            DefaultBehavior = new BehaviorOptions
            {
                Origin = S3BucketOrigin.WithOriginAccessControl(Bucket, new S3BucketOriginWithOACProps
                {
                    OriginAccessControl = new S3OriginAccessControl(this, "Access", new S3OriginAccessControlProps { OriginAccessControlName = name }),
                }),
                AllowedMethods = AllowedMethods.ALLOW_GET_HEAD,
                // The files say "no-cache": each is asked for again, and after a deployment nobody mixes new with old for longer than a second.
                CachePolicy = CachePolicy.CACHING_OPTIMIZED,
                Compress = true,
                ResponseHeadersPolicy = CreateHeaders(config, name, webSocketOrigin),
                ViewerProtocolPolicy = ViewerProtocolPolicy.REDIRECT_TO_HTTPS,
            },
        });
        Url = $"https://{distribution.DistributionDomainName}/";
    }

    public Bucket Bucket { get; }

    public string Url { get; }

    private ResponseHeadersPolicy CreateHeaders(ChatConfig config, string name, string webSocketOrigin) => new(this, "Headers", new ResponseHeadersPolicyProps
    {
        ResponseHeadersPolicyName = name,
        Comment = $"The page of {config.StackName}",
        SecurityHeadersBehavior = new ResponseSecurityHeadersBehavior
        {
            ContentSecurityPolicy = new ResponseHeadersContentSecurityPolicy
            {
                ContentSecurityPolicy = PagePolicy.ContentSecurityPolicy(SiteFiles.SettingsOf(config, webSocketOrigin)),
                Override = true,
            },
            ContentTypeOptions = new ResponseHeadersContentTypeOptions { Override = true },
            FrameOptions = new ResponseHeadersFrameOptions { FrameOption = HeadersFrameOption.DENY, Override = true },
            ReferrerPolicy = new ResponseHeadersReferrerPolicy { ReferrerPolicy = HeadersReferrerPolicy.NO_REFERRER, Override = true },
            StrictTransportSecurity = new ResponseHeadersStrictTransportSecurity { AccessControlMaxAge = Duration.Days(365), Override = true },
        },
        CustomHeadersBehavior = new ResponseCustomHeadersBehavior
        {
            CustomHeaders =
            [
                .. PagePolicy.MoreHeaders.Select(header => new ResponseCustomHeader { Header = header.Key, Value = header.Value, Override = true }),
            ],
        },
    });
}
