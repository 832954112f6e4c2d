using System.Globalization;
using ChatEvents.Bench.Cells;

// The table of docs/scale.md: dotnet run --project bench/ChatEvents.Bench.Cells -c Release [-- --quota N]
var conditions = args is ["--quota", var text] && double.TryParse(text, CultureInfo.InvariantCulture, out var quota)
    ? new Conditions { Quota = quota, Burst = quota / 2, PostsPerSecond = quota }
    : new Conditions();
Table.Print(conditions, Console.Out);
