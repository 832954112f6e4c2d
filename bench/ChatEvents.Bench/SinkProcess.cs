namespace ChatEvents.Bench;

/// <summary>The sink in a process of its own; its address is the callback endpoint.</summary>
internal static class SinkProcess
{
    /// <param name="latency">Before each answer, in whole milliseconds.</param>
    public static Task<ServerProcess> StartAsync(TimeSpan latency) =>
        ServerProcess.StartPinnedAsync("sink", $"{(int)latency.TotalMilliseconds}");
}
