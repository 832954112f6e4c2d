namespace ChatEvents.Load.Output;

/// <summary>Columns as wide as their widest cell, in a form that is Markdown too.</summary>
internal sealed class Table(params string[] headers)
{
    private readonly List<string[]> _rows = [];

    public void Add(params string[] cells) => _rows.Add(cells);

    public void Print() => Print(Console.Out);

    public void Print(TextWriter writer)
    {
        var widths = headers.Select((header, column) => _rows.Select(row => row[column].Length).Append(header.Length).Max()).ToArray();
        Write(headers);
        Write([.. widths.Select(width => new string('-', width))]);
        foreach (var row in _rows)
        {
            Write(row);
        }

        void Write(string[] cells) => writer.WriteLine($"| {string.Join(" | ", cells.Select((cell, column) => cell.PadRight(widths[column])))} |");
    }
}
