using ChatEvents.LocalGateway.Configuration;

namespace ChatEvents.LocalGateway.Files;

/// <summary>The rules for <c>limits</c>, <c>throttle</c> and <c>faults</c>.</summary>
internal static class LimitsCheck
{
    public static IEnumerable<OptionsFault> Faults(LimitOptions limits)
    {
        if (limits.FrameBytes is < 125 or > 1 << 20)
            yield return OptionsFault.Range("from 125 to 1048576", limits.FrameBytes, "limits", "frameBytes");
        if (limits.MessageBytes is < 125 or > 16 << 20)
            yield return OptionsFault.Range("from 125 to 16777216", limits.MessageBytes, "limits", "messageBytes");
        if (limits.IdleTimeout <= TimeSpan.Zero)
            yield return OptionsFault.Range("above zero", limits.IdleTimeout, "limits", "idleTimeout");
        if (limits.ConnectionDuration <= TimeSpan.Zero)
            yield return OptionsFault.Range("above zero", limits.ConnectionDuration, "limits", "connectionDuration");
        if (limits.TimeScale is not (> 0 and <= 100_000))
            yield return OptionsFault.Range("above 0 and at most 100000", limits.TimeScale, "limits", "timeScale");
        if (limits.IntegrationTimeout < TimeSpan.FromMilliseconds(50) || limits.IntegrationTimeout > TimeSpan.FromSeconds(29))
            yield return OptionsFault.Range("from 00:00:00.050 to 00:00:29", limits.IntegrationTimeout, "limits", "integrationTimeout");
        if (limits.SendBufferBytes < limits.MessageBytes)
            yield return OptionsFault.Range("at least limits.messageBytes", limits.SendBufferBytes, "limits", "sendBufferBytes");
        if (limits.MessagesInFlightPerConnection is < 1 or > 10_000)
            yield return OptionsFault.Range("from 1 to 10000", limits.MessagesInFlightPerConnection, "limits", "messagesInFlightPerConnection");
        if (limits.HandshakeTimeout <= TimeSpan.Zero)
            yield return OptionsFault.Range("above zero", limits.HandshakeTimeout, "limits", "handshakeTimeout");
        if (limits.CloseTimeout <= TimeSpan.Zero)
            yield return OptionsFault.Range("above zero", limits.CloseTimeout, "limits", "closeTimeout");
        if (limits.DeflateThresholdBytes < 0)
            yield return OptionsFault.Range("0 or more", limits.DeflateThresholdBytes, "limits", "deflateThresholdBytes");
    }

    public static IEnumerable<OptionsFault> Faults(ThrottleOptions throttle)
    {
        if (throttle.RequestsPerSecond is not >= 0)
            yield return OptionsFault.Range("0 or more", throttle.RequestsPerSecond, "throttle", "requestsPerSecond");
        if (throttle.Burst is not >= 1)
            yield return OptionsFault.Range("1 or more", throttle.Burst, "throttle", "burst");
        if (throttle.ConnectsPerSecond is not >= 0)
            yield return OptionsFault.Range("0 or more", throttle.ConnectsPerSecond, "throttle", "connectsPerSecond");
    }

    public static IEnumerable<OptionsFault> Faults(FaultOptions faults)
    {
        (string, double)[] rates =
            [("errorRate", faults.ErrorRate), ("hangRate", faults.HangRate), ("dropDisconnectRate", faults.DropDisconnectRate)];
        foreach (var (name, rate) in rates)
        {
            if (rate is not (>= 0 and <= 1))
                yield return OptionsFault.Range("from 0 to 1", rate, "faults", name);
        }

        (string, TimeSpan)[] latencies =
            [("latency", faults.Latency), ("invocationLatency", faults.InvocationLatency), ("answerLatency", faults.AnswerLatency)];
        foreach (var (name, latency) in latencies)
        {
            if (latency < TimeSpan.Zero || latency > TimeSpan.FromHours(1))
                yield return OptionsFault.Range("from zero to 01:00:00", latency, "faults", name);
        }

        if (faults.ErrorStatus is < 400 or > 599)
            yield return OptionsFault.Range("from 400 to 599", faults.ErrorStatus, "faults", "errorStatus");
    }
}
