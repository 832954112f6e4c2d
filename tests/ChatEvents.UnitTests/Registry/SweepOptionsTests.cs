using System.Globalization;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers;

namespace ChatEvents.UnitTests.Registry;

public sealed class SweepOptionsTests
{
    [Fact]
    public void The_defaults_are_valid() => Assert.Empty(ProblemsOf(new SweepOptions()));

    [Theory]
    [InlineData("00:00:00", true)]
    [InlineData("00:00:00.999", false)]
    [InlineData("00:00:01", true)]
    [InlineData("02:00:00", true)]
    [InlineData("02:00:00.001", false)]
    [InlineData("-00:00:01", false)]
    public void A_sweep_is_switched_off_or_made_within_two_hours(string interval, bool isValid) => Assert.Equal(
        isValid ? [] : [$"Registry:Sweep:Interval must be 0, or from 00:00:01 to 02:00:00, but is {Time(interval)}."],
        ProblemsOf(new SweepOptions { Interval = Time(interval) }));

    [Theory]
    [InlineData("00:00:00", true)]
    [InlineData("00:00:00.999", false)]
    [InlineData("00:00:01", true)]
    [InlineData("00:03:00", true)]
    [InlineData("00:03:00.001", false)]
    public void The_search_for_what_must_end_is_switched_off_or_made_within_three_minutes(string interval, bool isValid) => Assert.Equal(
        isValid ? [] : [$"Registry:Sweep:EndingInterval must be 0, or from 00:00:01 to 00:03:00, but is {Time(interval)}."],
        ProblemsOf(new SweepOptions { EndingInterval = Time(interval) }));

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("http://localhost:8080/local", true)]
    [InlineData("localhost", false)]
    public void The_gateway_is_a_URL(string? address, bool isValid) => Assert.Equal(
        isValid ? [] : [$"Registry:Sweep:CallbackEndpoint must be an http or https URL, but is \"{address}\"."],
        ProblemsOf(new SweepOptions { CallbackEndpoint = address }));

    [Fact]
    public void Further_gateways_are_URLs() => Assert.Equal(
        ["Registry:Sweep:AllowedEndpoints: \"nowhere\" must be an http or https URL of host and stage."],
        ProblemsOf(new SweepOptions { AllowedEndpoints = { "https://example.com", "nowhere" } }));

    private static IReadOnlyList<string> ProblemsOf(SweepOptions options) => Settings.ProblemsOf(options, SweepOptions.Section);

    private static TimeSpan Time(string text) => TimeSpan.Parse(text, CultureInfo.InvariantCulture);
}
