using ChatEvents.Client;

namespace ChatEvents.Examples;

/// <summary>The example of clients/dotnet/README.md; DotnetExampleTests compares and runs it.</summary>
internal static class DotnetExample
{
    public static async Task RunAsync(string address, Func<CancellationToken, Task<string?>> FetchTokenAsync)
    {
        // The example begins here.
        await using var client = new ChatClient(new Uri(address), new ChatClientOptions
        {
            GetToken = cancellation => FetchTokenAsync(cancellation), // asked before every connect; leave it out for guests
        });
        client.StateChanged += (_, change) => Console.WriteLine($"{change.State} {change.Reason?.Message}");
        await client.ConnectAsync();

        var blue = client.Room("blue");
        blue.Discontinuity += (_, _) => Console.WriteLine("Away for too long: some messages are lost.");
        await blue.JoinAsync();
        await blue.SendAsync("Hello"); // ends when the server has accepted it

        await foreach (var message in blue.ReadMessagesAsync())
        {
            Console.WriteLine($"{message.From}: {message.Message}");
            if (message.Message == "Hello") break;
        }

        // The example ends here.
    }
}
