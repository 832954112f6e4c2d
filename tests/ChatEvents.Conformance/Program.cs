using System.Reflection;
using ChatEvents.Conformance;
using ChatEvents.Conformance.Functions;
using ChatEvents.Conformance.Reports;
using ChatEvents.Conformance.Rules;

try
{
    switch (args)
    {
        case [] or ["--help"]:
            Console.WriteLine(ConformanceArguments.Usage);
            return 0;
        case ["--version"]:
            Console.WriteLine(Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion);
            return 0;
        case ["--list"]:
            foreach (var rule in AllRules.Listed)
                Console.WriteLine($"{rule.Id}\t{rule.Grade}\t{rule.Sentence}\t{rule.Source}");
            return 0;
        case ["--merge", .. var files, "--into", var page] when files.Length > 0:
            File.WriteAllText(page, Comparison.Into(File.ReadAllText(page), Comparison.Summary(Read(files))));
            return 0;
        case ["--merge", .. var files] when files.Length > 0:
            Console.Write(Comparison.Markdown(Read(files)));
            return 0;
        default:
            return await AskAsync(ConformanceArguments.Parse(args));
    }
}
catch (Exception e) when (e is FormatException or IOException or System.Text.Json.JsonException)
{
    await Console.Error.WriteLineAsync(e.Message);
    return 2;
}

static Report[] Read(string[] files) => [.. files.Select(file => Report.Parse(File.ReadAllText(file)))];

static async Task<int> AskAsync(ConformanceArguments arguments)
{
    var time = TimeProvider.System;
    var seen = new SeenEvents();
    var function = new ScriptedFunction(seen, time);
    await using var invoke = (arguments.Invoke ?? arguments.Reports) is { } listen
        ? await InvokeFunctions.StartAsync(listen, function, seen, CancellationToken.None)
        : null;
    var runtimes = arguments.Runtimes.Select(runtime => new RuntimeFunctions(runtime, function)).ToArray();
    await using var observer = arguments.IsObserved ? await Observer.StartAsync(arguments.Target.Main, seen, CancellationToken.None) : null;
    var rules = AllRules.Listed.Where(rule => rule.Id.StartsWith(arguments.Only, StringComparison.Ordinal)).ToArray();
    var findings = await new Suite(arguments.Target with { Observer = observer?.Id }, seen, time).AskAsync(rules, arguments.Parallel, CancellationToken.None);
    foreach (var runtime in runtimes)
        await runtime.DisposeAsync();

    var report = Report.Of(arguments.Name, findings);
    var text = arguments.Format switch
    {
        "json" => report.ToJson(),
        "markdown" => report.ToMarkdown(),
        _ => report.ToTable(),
    };
    if (arguments.Output is { } file)
    {
        await File.WriteAllTextAsync(file, text);
        Console.WriteLine(report.Sums());
    }
    else
    {
        Console.Write(text);
    }

    return report.Count("no") == 0 ? 0 : 1;
}
