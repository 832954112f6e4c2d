using Amazon;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.SdkTests.Sqs;

/// <summary>What is set for the whole process. Nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(ProcessSettings), DisableParallelization = true)]
public sealed class ProcessSettings;

[Collection(nameof(ProcessSettings))]
public sealed class ProcessSettingsTests
{
    [Theory]
    [InlineData("AWS_ENDPOINT_URL_SQS")]
    [InlineData("AWS_ENDPOINT_URL")]
    public void The_endpoint_variables_are_honoured(string variable)
    {
        using var _ = new EnvironmentVariable("AWS_ENDPOINT_URL_SQS", null);
        using var __ = new EnvironmentVariable(variable, "http://127.0.0.1:4566");
        using var sqs = new AmazonSQSClient(new BasicAWSCredentials("test", "test"), RegionEndpoint.EUCentral1);

        var endpoint = sqs.DetermineServiceOperationEndpoint(new ReceiveMessageRequest());

        Assert.Equal("http://127.0.0.1:4566/", endpoint.URL);
    }

    [Theory]
    [InlineData("eu-central-1", "https://sqs.eu-central-1.amazonaws.com/")]
    [InlineData("cn-north-1", "https://sqs.cn-north-1.amazonaws.com.cn/")]
    [InlineData("us-gov-west-1", "https://sqs.us-gov-west-1.amazonaws.com/")]
    public void Without_them_the_endpoint_is_the_regions(string region, string url)
    {
        using var _ = new EnvironmentVariable("AWS_ENDPOINT_URL_SQS", null);
        using var __ = new EnvironmentVariable("AWS_ENDPOINT_URL", null);
        using var sqs = new AmazonSQSClient(new BasicAWSCredentials("test", "test"), RegionEndpoint.GetBySystemName(region));

        var endpoint = sqs.DetermineServiceOperationEndpoint(new ReceiveMessageRequest());

        Assert.Equal(url, endpoint.URL);
    }

    [Fact]
    public void Collections_start_empty_where_the_application_asks_for_that()
    {
        AWSConfigs.InitializeCollections = true;
        try
        {
            Assert.Empty(new ReceiveMessageResponse().Messages);
            Assert.Empty(new SendMessageRequest().MessageAttributes);
        }
        finally
        {
            AWSConfigs.InitializeCollections = false;
        }
    }

    private sealed class EnvironmentVariable : IDisposable
    {
        private readonly string _name;
        private readonly string? _before;

        public EnvironmentVariable(string name, string? value)
        {
            _name = name;
            _before = Environment.GetEnvironmentVariable(name);
            Environment.SetEnvironmentVariable(name, value);
        }

        public void Dispose() => Environment.SetEnvironmentVariable(_name, _before);
    }
}
