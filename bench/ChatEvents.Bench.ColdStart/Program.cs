using System.Globalization;
using ChatEvents.Bench.ColdStart;

var rounds = args is [var given] ? int.Parse(given, CultureInfo.InvariantCulture) : 15;
if (rounds < 5)
{
    Console.Error.WriteLine("Usage: ChatEvents.Bench.ColdStart [ROUNDS]    default 15, at least 5");
    return 1;
}

foreach (var candidate in Candidate.All)
{
    candidate.Publish();
}

await using var servers = await Servers.StartAsync();
var results = Candidate.All.ToDictionary(candidate => candidate, _ => new List<ColdStart>());

// Candidates take turns, so that whatever else the machine does is spread over all; the first round only warms up the page cache.
for (var round = 0; round <= rounds; round++)
{
    foreach (var candidate in Candidate.All)
    {
        var start = await ColdStart.MeasureAsync(candidate, servers);
        if (round > 0) results[candidate].Add(start);
    }
}

Report.Print(results);
return 0;
