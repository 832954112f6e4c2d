using System.Globalization;
using ChatEvents.FanOut;

namespace ChatEvents.Bench;

/// <summary>What the command line may change of a figure; each has the defaults that docs/performance.md was measured with.</summary>
internal sealed record Settings(int Posts, int Rounds, int Concurrency, TimeSpan Latency, HttpChoice Http)
{
    public static Settings Parse(string[] args)
    {
        var values = ValuesIn(args);
        return new Settings(
            values.GetValueOrDefault("--posts", 20_000),
            values.GetValueOrDefault("--rounds", 5),
            values.GetValueOrDefault("--concurrency", 64),
            TimeSpan.FromMilliseconds(values.GetValueOrDefault("--latency", 0)),
            values.GetValueOrDefault("--http", 2) == 1 ? HttpChoice.Http1 : HttpChoice.Http2);
    }

    /// <summary>Numbers by their names: <c>--posts 20000</c>.</summary>
    public static Dictionary<string, int> ValuesIn(string[] args) =>
        args.Chunk(2).ToDictionary(pair => pair[0], pair => int.Parse(pair[1], CultureInfo.InvariantCulture));
}
