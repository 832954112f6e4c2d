namespace ChatEvents.LocalGateway;

/// <summary>Asks a gateway that runs beside this process how it is: the health check of its container, which has no curl.</summary>
internal static class GatewayHealth
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <returns>The exit code: 0 when it is well; else 1, and the reason is on the standard error.</returns>
    public static async Task<int> AskAsync(int port)
    {
        using var http = new HttpClient { Timeout = Patience };
        try
        {
            await http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/_gateway/health"));
            return 0;
        }
        catch (Exception unanswered) when (unanswered is HttpRequestException or TaskCanceledException)
        {
            await Console.Error.WriteLineAsync($"No answer at port {port}: {unanswered.Message}");
            return 1;
        }
    }
}
