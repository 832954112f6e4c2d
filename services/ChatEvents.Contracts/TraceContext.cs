using System.Diagnostics;

namespace ChatEvents.Contracts;

/// <summary>What continues a trace across a queue.</summary>
/// <param name="TraceParent">W3C <c>traceparent</c>; null without a trace.</param>
/// <param name="XRayHeader">
/// AWS X-Ray's header (<c>Root=1-...;Parent=...;Sampled=1</c>), which SQS carries as system attribute; null when there is none.
/// </param>
public readonly record struct TraceContext(string? TraceParent, string? XRayHeader = null)
{
    /// <summary>The context of the current activity.</summary>
    public static TraceContext Current =>
        new(Activity.Current is { IdFormat: ActivityIdFormat.W3C } activity ? activity.Id : null);

    /// <summary>
    /// Lambda passes an X-Ray header to each invocation. Its root is a W3C trace id with two dashes, so both formats describe the same
    /// trace. A missing header, or one of another form, gives no context.
    /// </summary>
    public static TraceContext FromXRay(string? header)
    {
        string? root = null, parent = null, sampled = null;
        foreach (var part in header?.Split(';', StringSplitOptions.TrimEntries) ?? [])
        {
            if (part.StartsWith("Root=1-", StringComparison.Ordinal))
                root = part["Root=1-".Length..].Replace("-", "", StringComparison.Ordinal);
            else if (part.StartsWith("Parent=", StringComparison.Ordinal)) parent = part["Parent=".Length..];
            else if (part.StartsWith("Sampled=", StringComparison.Ordinal)) sampled = part["Sampled=".Length..];
        }

        var traceParent = $"00-{root}-{parent}-{(sampled == "1" ? "01" : "00")}";
        return ActivityContext.TryParse(traceParent, null, out _) ? new(traceParent, header) : default;
    }
}
