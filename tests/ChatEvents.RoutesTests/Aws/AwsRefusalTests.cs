using System.Net;
using System.Text;
using ChatEvents.Routes.Aws;

namespace ChatEvents.RoutesTests.Aws;

/// <summary>Which refusals may pass, and which say something of the request.</summary>
public sealed class AwsRefusalTests
{
    [Theory]
    [InlineData(400, "ValidationException", false, true)]
    [InlineData(400, "ThrottlingException", true, true)]
    [InlineData(400, "RequestThrottled", true, true)]
    [InlineData(400, "ProvisionedThroughputExceededException", true, true)]
    [InlineData(400, "RequestLimitExceeded", true, true)]
    [InlineData(400, "TooManyRequestsException", true, true)]
    [InlineData(400, "SlowDown", true, true)]
    [InlineData(403, "AccessDeniedException", false, true)]
    [InlineData(429, "Any", true, true)]
    [InlineData(499, "Any", false, true)]
    [InlineData(500, "Any", true, false)]
    [InlineData(503, "Any", true, false)]
    public void A_refusal_may_pass_by_its_status_or_its_code(int status, string code, bool isTransient, bool wasRefused)
    {
        var refusal = Of(status, $$"""{"__type":"com.amazonaws#{{code}}","message":"Why."}""");

        Assert.Equal((isTransient, wasRefused), (refusal.IsTransient, refusal.WasRefused));
        Assert.Equal($"Target was refused: {code}, Why.", refusal.Message);
    }

    [Theory]
    [InlineData("""{"__type":"Code"}""", "Code.")]
    [InlineData("""{"__type":1,"message":"Why."}""", "status 400, Why.")]
    [InlineData("""{"__type":"a#b#Code","Message":"Why."}""", "Code, Why.")]
    [InlineData("""{"message":null,"Message":"Why."}""", "status 400, Why.")]
    [InlineData("[1]", "status 400.")]
    [InlineData("\"text\"", "status 400.")]
    [InlineData("<html>", "status 400.")]
    public void Whatever_the_body_is_there_is_a_sentence(string body, string reason) =>
        Assert.Equal($"Target was refused: {reason}", Of(400, body).Message);

    [Theory]
    [InlineData("ssm", "application/x-amz-json-1.1", "https://ssm.eu-central-1.amazonaws.com/")]
    [InlineData("secretsmanager", "application/x-amz-json-1.1", "https://secretsmanager.eu-central-1.amazonaws.com/")]
    [InlineData("sqs", "application/x-amz-json-1.0", "https://sqs.eu-central-1.amazonaws.com/")]
    [InlineData("dynamodb", "application/x-amz-json-1.0", "https://dynamodb.eu-central-1.amazonaws.com/")]
    public void Each_service_has_its_version_of_the_protocol_and_its_host(string service, string contentType, string url)
    {
        var endpoint = AwsEndpoint.FromEnvironment(service, name => name == "AWS_REGION" ? "eu-central-1" : null);

        Assert.Equal((contentType, url), (endpoint.ContentType, $"{endpoint.Url}"));
    }

    [Theory]
    [InlineData("secretsmanager", "AWS_ENDPOINT_URL_SECRETS_MANAGER")]
    [InlineData("ssm", "AWS_ENDPOINT_URL_SSM")]
    [InlineData("dynamodb", "AWS_ENDPOINT_URL_DYNAMODB")]
    public void Each_service_has_a_variable_for_its_endpoint(string service, string variable)
    {
        var endpoint = AwsEndpoint.FromEnvironment(
            service, name => name == "AWS_REGION" ? "us-east-1" : name == variable ? "https://here" : name == "AWS_ENDPOINT_URL" ? "http://not-here" : null);

        Assert.Equal("https://here/", $"{endpoint.Url}");
        Assert.Equal((service, "us-east-1"), (endpoint.Service, endpoint.Region));
    }

    private static AwsCallException Of(int status, string body) => AwsRefusal.Of("Target", (HttpStatusCode)status, Encoding.UTF8.GetBytes(body));
}
