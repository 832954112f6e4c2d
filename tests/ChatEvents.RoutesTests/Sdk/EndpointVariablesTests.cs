using Amazon;
using Amazon.Runtime;
using Amazon.SQS;
using Amazon.SQS.Model;

namespace ChatEvents.RoutesTests.Sdk;

/// <summary>The local system, docker compose and the tests lead Amazon's clients to other servers by these variables.</summary>
public sealed class EndpointVariablesTests
{
    [Theory]
    [InlineData("AWS_ENDPOINT_URL_SQS")]
    [InlineData("AWS_ENDPOINT_URL")]
    public void The_endpoint_variables_are_honoured(string variable)
    {
        using var _ = new EnvironmentVariable("AWS_ENDPOINT_URL_SQS", null);
        using var __ = new EnvironmentVariable(variable, "http://127.0.0.1:4566");

        Assert.Equal("http://127.0.0.1:4566/", EndpointIn(RegionEndpoint.EUCentral1));
    }

    [Fact]
    public void Without_them_the_endpoint_is_the_regions()
    {
        using var _ = new EnvironmentVariable("AWS_ENDPOINT_URL_SQS", null);
        using var __ = new EnvironmentVariable("AWS_ENDPOINT_URL", null);

        Assert.Equal("https://sqs.eu-central-1.amazonaws.com/", EndpointIn(RegionEndpoint.EUCentral1));
    }

    private static string EndpointIn(RegionEndpoint region)
    {
        using var sqs = new AmazonSQSClient(new BasicAWSCredentials("test", "test"), region);
        return sqs.DetermineServiceOperationEndpoint(new ReceiveMessageRequest()).URL;
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
