namespace ChatEvents.Consumers;

/// <summary>
/// A worker's program with the single argument <c>health</c> asks the worker in the same container whether it is healthy. For health checks
/// of containers, whose images have neither a shell nor curl.
/// </summary>
public static class HealthProbe
{
    public const string Argument = "health";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="healthPort">The health port of the worker, unless ASPNETCORE_HTTP_PORTS is set.</param>
    /// <returns>The exit code: 0 if healthy; else 1, with the reason on standard error.</returns>
    public static Task<int> AskAsync(int healthPort) =>
        AskAsync(healthPort, Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS"), Console.Error);

    /// <param name="healthPort">The default health port of the worker.</param>
    /// <param name="httpPorts">The ports that it listens on instead, separated by semicolons; may be null or empty.</param>
    /// <param name="error">Gets the reason why it is not healthy.</param>
    internal static async Task<int> AskAsync(int healthPort, string? httpPorts, TextWriter error)
    {
        var port = string.IsNullOrEmpty(httpPorts) ? $"{healthPort}" : httpPorts.Split(';')[0];
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/container"));
            if (answer.IsSuccessStatusCode) return 0;
            await error.WriteLineAsync(await answer.Content.ReadAsStringAsync());
        }
        catch (Exception unanswered) when (unanswered is HttpRequestException or TaskCanceledException)
        {
            await error.WriteLineAsync($"No answer at port {port}: {unanswered.Message}");
        }

        return 1;
    }
}
