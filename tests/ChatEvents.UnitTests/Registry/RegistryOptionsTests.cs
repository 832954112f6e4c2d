using ChatEvents.ConnectionRegistry;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.Registry;

public sealed class RegistryOptionsTests
{
    [Theory]
    [InlineData("BatchLinger", "00:00:02", "Registry:BatchLinger must be from 00:00:00 to 00:00:01, but is 00:00:02.")]
    [InlineData("TablesTimeout", "00:10:01", "Registry:TablesTimeout must be from 00:00:00 to 00:10:00, but is 00:10:01.")]
    [InlineData("TablesTimeout", "-00:00:01", "Registry:TablesTimeout must be from 00:00:00 to 00:10:00, but is -00:00:01.")]
    public void A_setting_out_of_range_is_told_in_one_sentence(string setting, string value, string sentence)
    {
        var error = Assert.Throws<OptionsValidationException>(() => Read(new() { [$"Registry:{setting}"] = value }));

        Assert.Equal(sentence, Assert.Single(error.Failures));
    }

    private static RegistryOptions Read(Dictionary<string, string?> settings)
    {
        var worker = RegistryWorker.Build([], builder => builder.Configuration.AddInMemoryCollection(settings));
        return worker.Services.GetRequiredService<IOptions<RegistryOptions>>().Value;
    }
}
