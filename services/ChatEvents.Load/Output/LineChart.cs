using System.Globalization;
using System.Net;
using System.Text;

namespace ChatEvents.Load.Output;

/// <summary>Lines over equally wide steps as SVG, with an axis on the left and perhaps another one on the right.</summary>
internal sealed class LineChart(string title, string xName, IReadOnlyList<string> steps, string leftName, string? rightName = null)
{
    private const int Width = 860, Height = 440, Left = 80, Right = 80, Top = 50, Bottom = 90, MaxLabels = 16, Gaps = 5;

    private static readonly string[] Colours = ["#3465a4", "#cc4125", "#4e9a06", "#75507b"];

    private static readonly double[] Steps = [1, 2, 5, 10];

    private readonly List<Series> _series = [];

    public void Add(string name, IEnumerable<double?> values, bool isRight = false, bool isDashed = false) =>
        _series.Add(new Series(name, [.. values], isRight, isDashed));

    public override string ToString()
    {
        var svg = new StringBuilder();
        svg.AppendLine(Invariant($"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" width=\"{Width}\" height=\"{Height}\" font-family=\"sans-serif\" font-size=\"12\">"));
        svg.AppendLine("<rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>");
        Write(svg, Width / 2, 26, title, "middle", "font-size=\"16\" font-weight=\"bold\"");
        Write(svg, Width / 2, Height - 48, xName, "middle");
        WriteAxis(svg, leftName, isRight: false);
        if (rightName is not null) WriteAxis(svg, rightName, isRight: true);
        WriteSteps(svg);
        for (var index = 0; index < _series.Count; index++) WriteSeries(svg, index);
        return svg.AppendLine("</svg>").ToString();
    }

    /// <summary>The least of 1, 2 and 5 times a power of ten that is not under a fifth of the largest value.</summary>
    internal static double GapFor(double largest)
    {
        if (largest <= 0) return 1;
        var power = Math.Pow(10, Math.Floor(Math.Log10(largest / Gaps)));
        return Steps.Select(factor => factor * power).First(gap => gap * Gaps >= largest * (1 - 1e-9));
    }

    private void WriteAxis(StringBuilder svg, string name, bool isRight)
    {
        var gap = GapFor(Largest(isRight));
        var x = isRight ? Width - Right : Left;
        Write(svg, x, Top - 12, name, "middle");
        for (var line = 0; line <= Gaps; line++)
        {
            var y = Height - Bottom - (line * (Height - Top - Bottom) / (double)Gaps);
            if (!isRight) svg.AppendLine(Invariant($"<path d=\"M{Left} {y:0.#}H{Width - Right}\" stroke=\"#ddd\"/>"));
            Write(svg, isRight ? x + 8 : x - 8, y + 4, Invariant($"{line * gap:#,0.##}"), isRight ? "start" : "end");
        }
    }

    private void WriteSteps(StringBuilder svg)
    {
        var every = (steps.Count + MaxLabels - 1) / MaxLabels;
        for (var step = 0; step < steps.Count; step += every) Write(svg, XOf(step), Height - Bottom + 18, steps[step], "middle");
    }

    private void WriteSeries(StringBuilder svg, int index)
    {
        var (name, values, isRight, isDashed) = _series[index];
        var all = GapFor(Largest(isRight)) * Gaps;
        var points = values
            .Select((value, step) => (X: XOf(step), Y: Height - Bottom - ((value ?? 0) / all * (Height - Top - Bottom)), Is: value is not null))
            .Where(point => point.Is).ToList();
        var stroke = $"stroke=\"{Colours[index % Colours.Length]}\" stroke-width=\"2\"{(isDashed ? " stroke-dasharray=\"6 4\"" : "")}";
        svg.AppendLine(Invariant($"<polyline fill=\"none\" {stroke} points=\"{string.Join(' ', points.Select(point => Invariant($"{point.X:0.#},{point.Y:0.#}")))}\"/>"));
        if (points.Count <= MaxLabels)
        {
            foreach (var point in points)
                svg.AppendLine(Invariant($"<circle cx=\"{point.X:0.#}\" cy=\"{point.Y:0.#}\" r=\"3.5\" fill=\"{Colours[index % Colours.Length]}\"/>"));
        }

        var width = (Width - 40) / _series.Count;
        svg.AppendLine(Invariant($"<path d=\"M{20 + (index * width)} {Height - 18}h28\" {stroke}/>"));
        Write(svg, 54 + (index * width), Height - 14, name, "start");
    }

    private double Largest(bool isRight) => _series.Where(series => series.IsRight == isRight).SelectMany(series => series.Values).Max() ?? 0;

    private double XOf(int step) => Left + ((step + 0.5) * (Width - Left - Right) / Math.Max(1, steps.Count));

    private static void Write(StringBuilder svg, double x, double y, string text, string anchor, string more = "") =>
        svg.AppendLine(Invariant($"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\" {more}>{WebUtility.HtmlEncode(text)}</text>"));

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private sealed record Series(string Name, IReadOnlyList<double?> Values, bool IsRight, bool IsDashed);
}
