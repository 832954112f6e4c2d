using System.Globalization;
using ChatEvents.Bench;
using ChatEvents.Bench.ColdStart;

const string AsPublished = "--as-published";

var rounds = 15;
var rest = args.Where(arg => arg != AsPublished).ToList();
if (rest.Count > 1 || (rest is [var number] && !int.TryParse(number, CultureInfo.InvariantCulture, out rounds)) || rounds < 5)
{
    Console.Error.WriteLine($"Usage: ChatEvents.Bench.ColdStart [ROUNDS] [{AsPublished}]    default 15 rounds, at least 5");
    return 1;
}

return await Interruption.RunAsync(MeasureAsync);

async Task<int> MeasureAsync()
{
    if (!args.Contains(AsPublished))
    {
        foreach (var candidate in Candidate.All.DistinctBy(candidate => (candidate.Project, candidate.Rival, candidate.IsPackage)))
        {
            candidate.Publish();
        }
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
}
