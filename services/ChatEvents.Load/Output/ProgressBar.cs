using System.Globalization;

namespace ChatEvents.Load.Output;

/// <summary>One line that fills; where lines cannot be overwritten, a line every ten seconds.</summary>
internal sealed class ProgressBar(LoadEnvironment environment)
{
    private const int Width = 30;

    private static readonly TimeSpan BetweenBars = TimeSpan.FromMilliseconds(200), BetweenLines = TimeSpan.FromSeconds(10);

    private long _shownAt = environment.Time.GetTimestamp();
    private int _length;

    /// <param name="what">Is done.</param>
    /// <param name="done">How much of it.</param>
    /// <param name="all">All of it.</param>
    /// <param name="note">What else is to be seen.</param>
    public void Show(string what, double done, double all, string note)
    {
        if (environment.Time.GetElapsedTime(_shownAt) < (environment.HasTerminal ? BetweenBars : BetweenLines)) return;
        _shownAt = environment.Time.GetTimestamp();
        var part = Math.Clamp(all > 0 ? done / all : 1, 0, 1);
        var full = (int)(part * Width);
        var line = string.Create(CultureInfo.InvariantCulture, $"{what} [{new string('#', full)}{new string('.', Width - full)}] {part:0 %}  {note}");
        environment.Error.Write(environment.HasTerminal ? $"\r{line.PadRight(_length)}" : $"{line}{Environment.NewLine}");
        _length = line.Length;
    }

    /// <summary>Puts a line in the bar's place.</summary>
    public void End(string line)
    {
        environment.Error.WriteLine(environment.HasTerminal ? $"\r{line.PadRight(_length)}" : line);
        _length = 0;
    }
}
