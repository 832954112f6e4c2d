namespace ChatEvents.Bench.ColdStart;

internal static class Report
{
    public static void Print(IReadOnlyDictionary<Candidate, List<ColdStart>> results)
    {
        Console.WriteLine("| program | first answer, ms | against bare | CPU, ms | against bare | size, MB | zipped, MB |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (candidate, starts) in results)
        {
            var bare = results[candidate with { Name = Candidate.Bare, Project = Candidate.All[0].Project }];
            var (time, cpu) = (Median(starts, start => start.Time), Median(starts, start => start.Cpu));
            var (unpacked, zipped) = candidate.Measure();
            Console.WriteLine(
                $"| {candidate.Name}, {(candidate.IsPackage ? "package" : "framework-dependent")} "
                + $"| {time:0} ({starts.Min(start => start.Time.TotalMilliseconds):0} - {starts.Max(start => start.Time.TotalMilliseconds):0}) "
                + $"| {time / Median(bare, start => start.Time):0.00} | {cpu:0} | {cpu / Median(bare, start => start.Cpu):0.00} "
                + $"| {unpacked / 1e6:0.0} | {zipped / 1e6:0.0} |");
        }
    }

    private static double Median(List<ColdStart> starts, Func<ColdStart, TimeSpan> figure)
    {
        var sorted = starts.Select(start => figure(start).TotalMilliseconds).Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[(sorted.Count / 2) - 1] + sorted[sorted.Count / 2]) / 2;
    }
}
