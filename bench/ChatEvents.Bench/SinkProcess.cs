namespace ChatEvents.Bench;

/// <summary>The sink in a process of its own; its address is the callback endpoint.</summary>
internal static class SinkProcess
{
    /// <param name="latency">Before each answer, in whole milliseconds.</param>
    /// <param name="isSecure">Whether it speaks TLS; only for a process that trusts <see cref="SinkCertificate"/>.</param>
    public static Task<ServerProcess> StartAsync(TimeSpan latency, bool isSecure = false) =>
        ServerProcess.StartPinnedAsync("sink", isSecure ? "https" : "http", $"{(int)latency.TotalMilliseconds}");
}
