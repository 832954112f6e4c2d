namespace ChatEvents.Consumers;

/// <summary>
/// A worker's program, started with the one argument <c>health</c>, asks the worker that runs beside it whether it is ready. For health
/// checks in containers, whose images have neither a shell nor curl.
/// </summary>
public static class HealthProbe
{
    public const string Argument = "health";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="healthPort">Where the worker tells its health unless ASPNETCORE_HTTP_PORTS says otherwise.</param>
    /// <returns>The exit code: 0 when ready; else 1, and the reason is on the standard error.</returns>
    public static Task<int> AskAsync(int healthPort) =>
        AskAsync(healthPort, Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS"), Console.Error);

    /// <param name="healthPort">Where the worker tells its health by default.</param>
    /// <param name="httpPorts">The ports that it listens on instead, parted by semicolons; may be null or empty.</param>
    /// <param name="error">Gets the reason why it is not ready.</param>
    internal static async Task<int> AskAsync(int healthPort, string? httpPorts, TextWriter error)
    {
        var port = string.IsNullOrEmpty(httpPorts) ? $"{healthPort}" : httpPorts.Split(';')[0];
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
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
