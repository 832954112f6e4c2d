namespace ChatEvents.Bench;

/// <summary>How often the room is read when many messages are in hand together, against once per message.</summary>
internal static class Reads
{
    private const int Messages = 100;

    public static async Task<int> RunAsync(Settings settings)
    {
        using var sink = await SinkProcess.StartAsync(settings.Latency);
        await using var fanOut = await BenchFanOut.StartAsync(2_000, sink.Url, options => options.PostsPerSecond = 1_000_000);

        fanOut.Dynamo.TakeQueries();
        for (var message = 0; message < Messages; message++)
        {
            await fanOut.WalkAsync();
        }

        var alone = fanOut.Dynamo.TakeQueries();
        await Task.WhenAll(Enumerable.Range(0, Messages).Select(_ => fanOut.WalkAsync()));
        var together = fanOut.Dynamo.TakeQueries();

        var table = new Table($"{Messages} messages to 2,000 connections", "pages read", "ratio");
        table.Add("one after the other", $"{alone}", "1");
        table.Add("in hand together", $"{together}", $"1/{alone / (double)together:0.0}");
        table.Print();
        return 0;
    }
}
