using ChatEvents.Routes;
using ChatEvents.Routes.Aws;

namespace ChatEvents.RoutesTests.Aws;

/// <summary>The variables have the same meaning as in every AWS SDK.</summary>
public sealed class AwsEndpointTests
{
    [Theory]
    [InlineData("https://sqs.eu-central-1.amazonaws.com/", "AWS_REGION=eu-central-1")]
    [InlineData("https://sqs.us-east-1.amazonaws.com/", "AWS_DEFAULT_REGION=us-east-1")]
    [InlineData("https://sqs.cn-north-1.amazonaws.com.cn/", "AWS_REGION=cn-north-1")]
    [InlineData("http://aws:4566/", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=http://aws:4566")]
    [InlineData("http://sqs:1/", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=http://aws:4566", "AWS_ENDPOINT_URL_SQS=http://sqs:1")]
    [InlineData("http://aws:4566/", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=http://aws:4566", "AWS_ENDPOINT_URL_SQS=")]
    [InlineData("https://sqs.us-east-1.amazonaws.com/", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL_DYNAMODB=http://dynamodb:1")]
    public void A_service_is_where_the_environment_says(string url, params string[] variables) =>
        Assert.Equal(url, AwsEndpoint.FromEnvironment("sqs", In(variables)).Url.ToString());

    [Theory]
    [InlineData("AWS_REGION must be set.")]
    [InlineData("AWS_ENDPOINT_URL_SQS must be an http or https URL, but is sqs:1.", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL_SQS=sqs:1")]
    [InlineData("AWS_ENDPOINT_URL must be an http or https URL, but is here.", "AWS_REGION=us-east-1", "AWS_ENDPOINT_URL=here")]
    public void What_makes_no_sense_is_told_in_a_sentence(string sentence, params string[] variables) =>
        Assert.Equal(sentence, Assert.Throws<InvalidSettingException>(() => AwsEndpoint.FromEnvironment("sqs", In(variables))).Message);

    [Fact]
    public void Keys_come_from_the_environment_with_the_token_of_a_role()
    {
        var keys = AwsKeys.FromEnvironment(In(["AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN=token"]));

        Assert.Equal(("id", "secret", "token"), (keys.AccessKeyId, keys.SecretAccessKey, keys.SessionToken));
        Assert.Null(AwsKeys.FromEnvironment(In(["AWS_ACCESS_KEY_ID=id", "AWS_SECRET_ACCESS_KEY=secret", "AWS_SESSION_TOKEN="])).SessionToken);
    }

    [Fact]
    public void Missing_keys_are_told_in_a_sentence() => Assert.Equal(
        "AWS_SECRET_ACCESS_KEY must be set: a function takes its credentials from the environment only.",
        Assert.Throws<InvalidSettingException>(() => AwsKeys.FromEnvironment(In(["AWS_ACCESS_KEY_ID=id"]))).Message);

    private static Func<string, string?> In(string[] variables) =>
        variables.Select(variable => variable.Split('=')).ToDictionary(parts => parts[0], parts => parts[1]).GetValueOrDefault;
}
