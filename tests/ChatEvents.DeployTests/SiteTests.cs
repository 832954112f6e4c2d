using ChatEvents.Deploy;
using ChatEvents.DeployTests.Synthesis;

namespace ChatEvents.DeployTests;

/// <summary>The page on S3 and CloudFront.</summary>
public class SiteTests
{
    [Fact]
    public void There_is_no_page_unless_it_is_asked_for()
    {
        Assert.Empty(Synthesized.SmallFunctions.OfType("AWS::CloudFront::Distribution"));
        Assert.Empty(Synthesized.SmallFunctions.OfType("AWS::S3::Bucket"));
        Assert.Null(Synthesized.SmallFunctions.Output(ChatStack.SiteUrl));
    }

    [Fact]
    public void The_files_are_read_by_this_distribution_and_written_by_nobody_in_the_stack()
    {
        var bucket = Assert.Single(Synthesized.Site.OfType("AWS::S3::Bucket"));
        var policy = Assert.Single(Synthesized.Site.OfType("AWS::S3::BucketPolicy"));
        var statements = policy.Properties["PolicyDocument"]!["Statement"]!.AsArray().Select(statement => Template.Say(statement)).ToList();

        Assert.All(
            (string[])["BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"],
            setting => Assert.Equal("true", bucket.Say($"PublicAccessBlockConfiguration.{setting}"), ignoreCase: true));
        Assert.Equal(2, statements.Count);
        Assert.Contains(statements, statement => statement.Contains("\"aws:SecureTransport\":\"false\"", StringComparison.Ordinal) && statement.Contains("\"Effect\":\"Deny\"", StringComparison.Ordinal));
        Assert.Contains(statements, statement => statement.Contains("\"Action\":\"s3:GetObject\"", StringComparison.Ordinal)
            && statement.Contains("\"Service\":\"cloudfront.amazonaws.com\"", StringComparison.Ordinal)
            && statement.Contains("AWS:SourceArn", StringComparison.Ordinal));
        Assert.DoesNotContain(Permission.In(Synthesized.Site), permission => permission.Action.StartsWith("s3:", StringComparison.Ordinal));
        Assert.Equal("sigv4", Assert.Single(Synthesized.Site.OfType("AWS::CloudFront::OriginAccessControl")).Say("OriginAccessControlConfig.SigningProtocol"));
    }

    [Fact]
    public void A_browser_is_told_to_connect_to_the_chat_and_the_provider_and_to_run_nothing_else()
    {
        var headers = Assert.Single(Synthesized.Site.OfType("AWS::CloudFront::ResponseHeadersPolicy"));

        Assert.Equal(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
            + "connect-src 'self' {ApiWebSocket.ApiEndpoint} https://cognito-idp.eu-central-1.amazonaws.com https://chat.auth.eu-central-1.amazoncognito.com; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
            headers.Say("ResponseHeadersPolicyConfig.SecurityHeadersConfig.ContentSecurityPolicy.ContentSecurityPolicy"));
        Assert.Equal("redirect-to-https", Assert.Single(Synthesized.Site.OfType("AWS::CloudFront::Distribution")).Say("DistributionConfig.DefaultCacheBehavior.ViewerProtocolPolicy"));
    }
}
