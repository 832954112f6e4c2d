namespace ChatEvents.LocalGateway;

/// <summary>The health check of the gateway's container, whose image has no curl.</summary>
internal static class GatewayHealth
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <returns>The exit code: 0 if healthy, otherwise 1 with the reason on standard error.</returns>
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
