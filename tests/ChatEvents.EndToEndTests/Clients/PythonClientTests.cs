using System.ComponentModel;
using System.Diagnostics;
using System.Text.RegularExpressions;
using ChatEvents.Testing;

namespace ChatEvents.EndToEndTests.Clients;

/// <summary><c>docs/examples/client.py</c>, which was written from the protocol's page alone.</summary>
[Collection<OneLocalSystem>]
public sealed class PythonClientTests(LocalSystemFixture local)
{
    [Fact(Timeout = 60_000)]
    public async Task It_talks_and_misses_nothing_while_its_network_is_gone()
    {
        var cancellation = TestContext.Current.CancellationToken;
        if (FindPython() is not { } python)
        {
            Assert.Skip("Python with its package websockets is not installed.");
            return;
        }

        await using var line = CuttableLine.To(local.Url);
        await using var client = ChildProcess.Start(
            python, ["-u", Path.Combine(AppContext.BaseDirectory, "client.py"), line.Url.ToString(), "snakes"]);
        await client.TypeAsync("Hello from Python");
        await client.WaitForLineAsync(new Regex("^1 guest-[a-z0-9]{6}: Hello from Python$"), cancellation);

        await using var other = await ChatClient.ConnectAsync(new Uri($"{local.Url}?room=snakes"), cancellation);
        line.Cut();
        foreach (var (i, word) in ((string[])["one", "two", "three"]).Index())
        {
            // The gateway may run two frames of a connection at once.
            await other.SendAsync($$"""{"action":"onMessage","room":"snakes","message":"{{word}}"}""", cancellation);
            await other.WaitForAsync(i + 1, cancellation);
        }

        await client.TypeAsync("Typed offline");
        line.Repair();
        await client.UntilAsync(lines => lines.Count >= 5, cancellation);
        client.EndInput();

        Assert.Equal(0, await client.WaitForExitAsync(cancellation));
        Assert.Equal(
            ["Hello from Python", "one", "two", "three", "Typed offline"],
            client.OutputLines().Select((text, i) => Regex.Replace(text, $"^{i + 1} guest-[a-z0-9]{{6}}: ", "")));
    }

    /// <summary>The first Python that can import the package, if any.</summary>
    private static string? FindPython() => ((string[])["python3", "/usr/bin/python3"]).FirstOrDefault(HasWebsockets);

    private static bool HasWebsockets(string python)
    {
        try
        {
            using var process = Process.Start(
                new ProcessStartInfo(python, ["-c", "import websockets"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }
}
