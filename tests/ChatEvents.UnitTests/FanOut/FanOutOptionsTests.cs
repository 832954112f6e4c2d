using ChatEvents.FanOut;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.FanOut;

public sealed class FanOutOptionsTests
{
    [Theory]
    [InlineData("FanOut:Concurrency=0", "FanOut:Concurrency must be from 1 to 512, but is 0.")]
    [InlineData("FanOut:PostTimeout=00:01:00", "FanOut:PostTimeout must be from 00:00:00.1000000 to 00:00:30, but is 00:01:00.")]
    [InlineData("FanOut:Template=Echo: {text}", "FanOut:Template has the unknown placeholder {text}.")]
    [InlineData("FanOut:CallbackEndpoint=nowhere", "FanOut:CallbackEndpoint: 'nowhere' is no http or https address to post to.")]
    public void A_wrong_setting_is_named_in_one_sentence(string setting, string sentence)
    {
        var worker = FanOutWorker.Build([$"--{setting}"]);

        var failure = Assert.Throws<OptionsValidationException>(
            () => worker.Services.GetService(typeof(IOptions<FanOutOptions>)) is IOptions<FanOutOptions> options ? options.Value : null);

        Assert.Equal([sentence], failure.Failures);
    }

    [Fact]
    public void The_variable_of_the_AWS_SDK_names_the_callback_endpoint_unless_the_section_does()
    {
        var worker = FanOutWorker.Build(["--AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=http://localhost:8080/local"]);
        var overruled = FanOutWorker.Build(
            ["--AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI=http://localhost:8080/local", "--FanOut:CallbackEndpoint=http://localhost:9090/other"]);

        Assert.Equal("http://localhost:8080/local", OptionsOf(worker.Services).CallbackEndpoint);
        Assert.Equal("http://localhost:9090/other", OptionsOf(overruled.Services).CallbackEndpoint);
    }

    private static FanOutOptions OptionsOf(IServiceProvider services) =>
        ((IOptions<FanOutOptions>)services.GetService(typeof(IOptions<FanOutOptions>))!).Value;
}
