using System.Globalization;
using ChatEvents.Local.Emulators;

namespace ChatEvents.Bench.Gateway.Messages;

/// <summary>Messages in through a Node function and its answers back, of this gateway and of serverless-offline, in turns.</summary>
internal static class MessageComparison
{
    private const int Clients = 16;

    /// <summary>Until the JIT of both sides has done its work.</summary>
    private const int WarmUp = 3;

    public static async Task<int> RunAsync(int messages, int rounds)
    {
        var packages = await NodePackages.InstallAsync("Rival", "serverless-offline", Console.WriteLine, TimeProvider.System, CancellationToken.None);
        using var gateway = await MessageServer.StartGatewayAsync(packages.Directory);
        using var rival = await MessageServer.StartRivalAsync(packages.Directory);
        using var ours = await Chatters.ConnectAsync(13080, "/local", Clients);
        using var theirs = await Chatters.ConnectAsync(13001, "/", Clients);
        for (var i = 0; i < WarmUp; i++)
        {
            await ours.TalkAsync(messages);
            await theirs.TalkAsync(messages);
        }

        Print($"{"",20}{"messages/s",12}{"CPU us/message",16}");
        var rates = new List<double>();
        var costs = new List<double>();
        for (var round = 0; round < rounds; round++)
        {
            var (rivalRate, rivalCost) = await MeasureAsync("serverless-offline", rival, theirs, messages);
            var (rate, cost) = await MeasureAsync("gateway", gateway, ours, messages);
            rates.Add(rate / rivalRate);
            costs.Add(cost / rivalCost);
        }

        Print($"messages a second: {Median(rates):0.00} times the rival's; CPU per message with functions: {Median(costs):0.00} times (medians of {rounds})");
        return 0;
    }

    private static async Task<(double Rate, double Cost)> MeasureAsync(string name, MessageServer server, Chatters clients, int messages)
    {
        var before = server.CpuSeconds;
        var elapsed = await clients.TalkAsync(messages);
        var cost = (server.CpuSeconds - before) * 1e6 / messages;
        var rate = messages / elapsed.TotalSeconds;
        Print($"{name,20}{rate,12:0}{cost,16:0.0}");
        return (rate, cost);
    }

    private static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }

    private static void Print(FormattableString line) => Console.WriteLine(line.ToString(CultureInfo.InvariantCulture));
}
