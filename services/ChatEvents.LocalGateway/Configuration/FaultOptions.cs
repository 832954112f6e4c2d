namespace ChatEvents.LocalGateway.Configuration;

/// <summary>Faults to inject, all off by default. Rates are from 0 (never) to 1 (always).</summary>
public sealed class FaultOptions
{
    /// <summary>Opens <c>GET</c> and <c>PUT /_gateway/faults</c>, which read and replace this object. Default false.</summary>
    public bool AdminEndpoint { get; set; }

    /// <summary>Added to every management call.</summary>
    public TimeSpan Latency { get; set; }

    /// <summary>How many management calls are answered with <see cref="ErrorStatus"/> and do nothing.</summary>
    public double ErrorRate { get; set; }

    /// <summary>Default 500, from 400 to 599.</summary>
    public int ErrorStatus { get; set; } = 500;

    /// <summary>How many management calls are never answered.</summary>
    public double HangRate { get; set; }

    /// <summary>Added to every invocation of a function.</summary>
    public TimeSpan InvocationLatency { get; set; }

    /// <summary>
    /// Added to the answer of every function: what it did is done, and the gateway does not know yet. Until the answer to its
    /// <c>$connect</c> is there, a connection cannot be posted to.
    /// </summary>
    public TimeSpan AnswerLatency { get; set; }

    /// <summary>How many connections end without <c>$disconnect</c>, which AWS calls best effort.</summary>
    public double DropDisconnectRate { get; set; }

    /// <summary>Of the random numbers that decide. Default 0; the same seed gives the same faults to the same calls.</summary>
    public int Seed { get; set; }

    internal bool IsEmpty => Latency == TimeSpan.Zero && ErrorRate <= 0 && HangRate <= 0;
}
