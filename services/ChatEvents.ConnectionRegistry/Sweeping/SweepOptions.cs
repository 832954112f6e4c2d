using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>Settings of the sweep for stale rows, section <c>Registry:Sweep</c>.</summary>
public sealed class SweepOptions
{
    public const string Section = "Registry:Sweep";

    /// <summary>
    /// How often the table is swept, by one worker at a time. Default 10 minutes, the idle timeout of the gateway; from 1 second to 2
    /// hours, or 0 for never. A broadcast finds stale rows too, so this is for rooms where nobody speaks.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How many connections a second the gateway is asked about. Default 50, from 1 to 5,000: half a percent of the 10,000 requests that
    /// an account has for all its traffic in the region.
    /// </summary>
    public int ChecksPerSecond { get; set; } = 50;

    /// <summary>Asked instead of the endpoint in each row. Default none, or AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI.</summary>
    public string? CallbackEndpoint { get; set; }
}

internal sealed class SweepOptionsValidator : IValidateOptions<SweepOptions>
{
    public ValidateOptionsResult Validate(string? name, SweepOptions options)
    {
        var failures = new List<string>();
        if (options.Interval != TimeSpan.Zero && (options.Interval < TimeSpan.FromSeconds(1) || options.Interval > TimeSpan.FromHours(2)))
            failures.Add($"{SweepOptions.Section}:Interval must be 0, or from 00:00:01 to 02:00:00, but is {options.Interval}.");
        if (options.ChecksPerSecond is < 1 or > 5000)
            failures.Add($"{SweepOptions.Section}:ChecksPerSecond must be from 1 to 5000, but is {options.ChecksPerSecond}.");
        if (options.CallbackEndpoint is { Length: > 0 } address && !IsHttp(address))
            failures.Add($"{SweepOptions.Section}:CallbackEndpoint must be an http or https URL, but is \"{address}\".");
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static bool IsHttp(string address) =>
        Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https";
}
