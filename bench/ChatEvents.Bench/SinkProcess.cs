namespace ChatEvents.Bench;

/// <summary>The sink in a process of its own; its address is the callback endpoint.</summary>
internal static class SinkProcess
{
    public static Task<ServerProcess> StartAsync(SinkSettings settings) => ServerProcess.StartAsync(["sink", .. settings.ToArguments()]);
}
