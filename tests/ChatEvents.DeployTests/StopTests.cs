using System.Net;
using System.Net.Sockets;
using ChatEvents.Testing;

namespace ChatEvents.DeployTests;

/// <summary>How a function ends in a container.</summary>
public class StopTests
{
    [Theory(Timeout = 120_000)]
    [InlineData("onMessage")]
    [InlineData("authorize")]
    public async Task A_function_that_is_told_to_terminate_stops_waiting_for_calls_and_ends_well(string handler)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no SIGTERM.");
        using var runtimeApi = new TcpListener(IPAddress.Loopback, 0);
        runtimeApi.Start();
        await using var function = ChildProcess.StartProgram("ChatEvents.Routes", new Dictionary<string, string?>
        {
            ["_HANDLER"] = handler,
            ["AWS_LAMBDA_RUNTIME_API"] = $"{runtimeApi.LocalEndpoint}",
            ["AWS_REGION"] = "eu-central-1",
            ["AUTH_MODE"] = "required",
            ["AUTH_AUDIENCE"] = "chat",
            ["AUTH_SECRET"] = new string('s', 32),
        });
        using var waitsForACall = await runtimeApi.AcceptSocketAsync(TestContext.Current.CancellationToken);

        function.Signal("TERM");

        Assert.Equal(0, await function.WaitForExitAsync(TestContext.Current.CancellationToken));
    }
}
