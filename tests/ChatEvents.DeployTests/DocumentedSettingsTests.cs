using System.ComponentModel.DataAnnotations;
using System.Reflection;
using ChatEvents.ConnectionRegistry;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Deploy;
using ChatEvents.FanOut;
using ChatEvents.Queues;

namespace ChatEvents.DeployTests;

/// <summary>Every setting is in the docs, with its default.</summary>
public class DocumentedSettingsTests
{
    public static TheoryData<string, string, string, string> Settings =>
    [
        .. SettingsOf<FanOutOptions>("fan-out.md"),
        .. SettingsOf<LimitOptions>("limits.md"),
        .. SettingsOf<QueueOptions>("queues.md"),
        .. SettingsOf<RouteEventQueues>("queues.md"),
        .. SettingsOf<TableNames>("registry.md"),
        .. SettingsOf<RegistryOptions>("registry.md"),
        .. SettingsOf<SweepOptions>("registry.md", "Sweep:"),
    ];

    [Theory]
    [MemberData(nameof(Settings))]
    public void A_setting_is_in_the_table_of_its_page_with_default_and_range(string page, string setting, string byDefault, string range)
    {
        var rows = File.ReadAllLines(Path.Combine(SourceTree.Root, "docs", page))
            .SkipWhile(line => line != "## Settings")
            .Where(line => line.StartsWith('|') && line.Split('|')[1].Contains($"`{setting}`", StringComparison.Ordinal));

        var cells = Assert.Single(rows).Split('|');
        Assert.Contains(byDefault, cells[2], StringComparison.OrdinalIgnoreCase);
        Assert.Contains(range, cells[3], StringComparison.Ordinal);
    }

    private static IEnumerable<TheoryDataRow<string, string, string, string>> SettingsOf<TOptions>(string page, string prefix = "")
        where TOptions : new()
    {
        var options = new TOptions();
        return typeof(TOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(setting => setting.CanWrite)
            .Select(setting => new TheoryDataRow<string, string, string, string>(
                page, prefix + setting.Name, Text(setting.GetValue(options)), RangeOf(setting)));
    }

    private static string RangeOf(PropertyInfo setting) => setting.GetCustomAttribute<RangeAttribute>() switch
    {
        { Minimum: string from, Maximum: string to } => $"{Text(TimeSpan.Parse(from, null))} to {Text(TimeSpan.Parse(to, null))}",
        { Minimum: int and >= 1024 and var from, Maximum: int to } => $"{from / 1024} KiB to {to / 1024 / 1024} MiB",
        { Minimum: var from, Maximum: var to } => $"{Text(from)} to {Text(to)}",
        null => "",
    };

    private static string Text(object? value) => value switch
    {
        null => "none",
        1_048_576 => "1 MiB",
        int number => FormattableString.Invariant($"{number:#,0}"),
        TimeSpan { Ticks: 0 } => "0",
        TimeSpan { TotalSeconds: < 1 } length => $"{length.TotalMilliseconds} ms",
        TimeSpan { TotalMinutes: < 1 } length => $"{length.TotalSeconds} s",
        TimeSpan { TotalHours: < 1 } length => $"{length.TotalMinutes} min",
        TimeSpan length => $"{length.TotalHours} h",
        _ => $"{value}",
    };
}
