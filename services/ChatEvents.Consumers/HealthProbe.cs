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
    public static async Task<int> AskAsync(int healthPort)
    {
        var port = Environment.GetEnvironmentVariable("ASPNETCORE_HTTP_PORTS") is { Length: > 0 } ports ? ports.Split(';')[0] : $"{healthPort}";
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            using var answer = await http.GetAsync(new Uri($"http://127.0.0.1:{port}/health/ready"));
            if (answer.IsSuccessStatusCode) return 0;
            await Console.Error.WriteLineAsync(await answer.Content.ReadAsStringAsync());
        }
        catch (Exception unanswered) when (unanswered is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"No answer at port {port}: {unanswered.Message}");
        }

        return 1;
    }
}
