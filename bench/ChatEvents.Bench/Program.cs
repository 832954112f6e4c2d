using System.Globalization;
using ChatEvents.Bench;
using ChatEvents.Bench.Abusing;
using ChatEvents.Bench.Chat;
using ChatEvents.Bench.Registry;

// A verb per figure of docs/performance.md. "sink", "gateway", "room-server", "cpu-trusting", "throughput-pinned" and
// "memory-walk" are processes that the verbs start themselves.
return await Interruption.RunAsync(async () => args switch
{
    [.., "--help"] => Usage(),
    ["sink", var scheme, var milliseconds] =>
        await Sink.RunAsync(scheme, TimeSpan.FromMilliseconds(int.Parse(milliseconds, CultureInfo.InvariantCulture))),
    ["gateway", .. var rest] => await GatewayProcess.RunAsync(rest),
    ["cpu", .. var rest] => await SinkCertificate.RunTrustingAsync(["cpu-trusting", .. rest]),
    ["cpu-trusting", .. var rest] => await CpuPerPost.RunAsync(Settings.Parse(rest)),
    ["throughput", .. var rest] => await Throughput.RunAsync(rest),
    ["plot", var file, .. var rest] => await Throughput.PlotAsync(file, rest),
    ["throughput-pinned", .. var rest] when rest.Length % 2 == 0 => await Throughput.RunPinnedAsync(Settings.Parse(rest)),
    ["throughput-pinned", var points, .. var rest] => await Throughput.RunPinnedAsync(Settings.Parse(rest), points),
    ["broadcast", "on", var url] => await Broadcast.RunOnAsync(new Uri(url), count: 1_000, rounds: 30),
    ["broadcast", "on", var url, var clients] =>
        await Broadcast.RunOnAsync(new Uri(url), int.Parse(clients, CultureInfo.InvariantCulture), rounds: 30),
    ["broadcast", .. var rest] => await Broadcast.RunAsync(Settings.Parse(rest)),
    ["memory-walk", var endpoint] => await Memory.WalkAsync(endpoint),
    ["memory", .. var rest] => await Memory.RunAsync(Settings.Parse(rest)),
    ["reads", .. var rest] => await Reads.RunAsync(Settings.Parse(rest)),
    ["history", .. var rest] => await History.RunAsync(rest),
    ["message-cost", .. var rest] => await MessageCost.RunAsync(rest),
    ["dialects", .. var rest] => await BothDialects.RunAsync(Settings.Parse(rest)),
    ["quota", .. var rest] => await SharedQuota.RunAsync(Settings.Parse(rest)),
    ["slow-reader", .. var rest] => await SlowReader.RunAsync(Settings.Parse(rest)),
    ["abuse", var url] => await Abuse.RunAsync(url, TimeSpan.FromSeconds(30)),
    ["abuse", var url, var seconds] =>
        await Abuse.RunAsync(url, TimeSpan.FromSeconds(int.Parse(seconds, CultureInfo.InvariantCulture))),
    ["registry-cost", .. var rest] => await RegistryCost.RunAsync(rest),
    ["registry-rate", .. var rest] => await RegistryRate.RunAsync(rest),
    ["room-read", .. var rest] => await RoomRead.RunAsync(rest),
    ["room-server", .. var rest] => await RoomServer.RunAsync(rest),
    _ => Usage(),
});

static int Usage()
{
    Console.Error.WriteLine("""
        Usage: ChatEvents.Bench <figure> [--posts N] [--rounds N] [--concurrency N] [--latency MS] [--http 1|2]

          cpu         CPU and allocation per delivered post, ours and its rivals'
          throughput  posts a second of one worker on one CPU at a given latency
          plot FILE   the same, plotted as SVG
          broadcast   one message to 10,000 clients under the gateway's quota, from its queue to the last of them
          broadcast on URL [CLIENTS]
                      the same with 1,000 clients of a running local system (ws://127.0.0.1:8080/local), with all of it
          memory      memory of the worker at 10,000, 100,000 and 1,000,000 registered connections
          reads       DynamoDB reads when 100 messages of one room are in hand together
          history [--messages N] [--pages N]
                      time and units of a page of 50 from a room's log, of 100,000 messages by default
          message-cost [--messages N]
                      requests of SQS, and requests and units of DynamoDB, per message of 100 B, 1 KB and 4 KB
          dialects    CPU and posts a second in a room of one dialect, and of both
          quota       how much of a quota of 2,000 posts a second four workers use, and how many posts are refused
          slow-reader how long 10,000 clients wait for a message, with and without one among them that does not read

          abuse URL [SECONDS]
                      what another client and the functions of a running local system suffer from one guest who reconnects and posts,
                      asks who is there, or floods
          registry-cost [--connections N]
                      requests, items and units of DynamoDB per connect, disconnect, join and leave
          registry-rate [--rate N] [--seconds N]
                      connects and disconnects a second that one registry worker keeps up with, and its CPU
          room-read [--rounds N] [--latency MS]
                      time to the first page, and to all, of rooms of 10,000, 100,000 and 1,000,000 members
        """);
    return 2;
}
