using System.ComponentModel.DataAnnotations;
using ChatEvents.Contracts;

namespace ChatEvents.ConnectionRegistry.Sweeping;

/// <summary>Settings of the sweeps for stale rows and for connections that have to end, section <c>Registry:Sweep</c>.</summary>
public sealed class SweepOptions : IValidatableObject
{
    public const string Section = "Registry:Sweep";

    /// <summary>
    /// How often one of the workers sweeps the table. Default 10 minutes, the idle timeout of the gateway; from 1 second to 2 hours, or 0
    /// for never. Broadcasts also find stale rows, so the sweep is for silent rooms.
    /// </summary>
    public TimeSpan Interval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>
    /// How often the table is searched for connections that must be closed, because their token has expired or they are banned. Default
    /// 2 minutes, from 1 second to 3 minutes, because a connection may outlive its token by 5; 0 switches the search off.
    /// </summary>
    public TimeSpan EndingInterval { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>
    /// How many connections are checked per second. Default 50, from 1 to 5,000. 50 is half a percent of the 10,000 requests a second that
    /// an account has for all its traffic in the region.
    /// </summary>
    [Range(1, 5_000)]
    public int ChecksPerSecond { get; set; } = Pace.DefaultPerSecond;

    /// <summary>
    /// The gateway to ask instead of the endpoint in each row. Default none, or AWS_ENDPOINT_URL_APIGATEWAYMANAGEMENTAPI.
    /// </summary>
    public string? CallbackEndpoint { get; set; }

    /// <summary>
    /// Gateways that may be asked besides the execute-api hosts of the worker's region: URLs, each with all paths below it; port 0 means every
    /// port. Default none.
    /// </summary>
    public IList<string> AllowedEndpoints { get; } = [];

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Interval != TimeSpan.Zero && (Interval < TimeSpan.FromSeconds(1) || Interval > TimeSpan.FromHours(2)))
            yield return new($"{nameof(Interval)} must be 0, or from 00:00:01 to 02:00:00, but is {Interval}.");
        if (EndingInterval != TimeSpan.Zero && (EndingInterval < TimeSpan.FromSeconds(1) || EndingInterval > TimeSpan.FromMinutes(3)))
            yield return new($"{nameof(EndingInterval)} must be 0, or from 00:00:01 to 00:03:00, but is {EndingInterval}.");
        if (CallbackEndpoint is { Length: > 0 } address && CallbackAddress.Parse(address) is null)
            yield return new($"{nameof(CallbackEndpoint)} must be an http or https URL, but is \"{address}\".");
        foreach (var wrong in AllowedEndpoints.Where(allowed => CallbackAddress.Parse(allowed) is null))
            yield return new($"{nameof(AllowedEndpoints)}: \"{wrong}\" {CallbackAddress.Rule}.");
    }
}
