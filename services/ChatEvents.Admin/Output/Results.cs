using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Output;

/// <summary>Writes the results of verbs, for people or for programs.</summary>
/// <param name="writer">For results only.</param>
/// <param name="notes">For notes to people.</param>
/// <param name="format">The output format.</param>
internal sealed class Results(TextWriter writer, TextWriter notes, OutputFormat format)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, // for terminals and files, not for web pages
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes each row as soon as it is read.</summary>
    /// <param name="rows">Read while they are written.</param>
    /// <param name="columns">The columns of the table.</param>
    /// <param name="none">The note if there are no rows; null if the verb writes one itself.</param>
    /// <param name="cancellation">Stops between two rows.</param>
    public async Task WriteAsync<TRow>(
        IAsyncEnumerable<TRow> rows, IReadOnlyList<Column<TRow>> columns, string? none, CancellationToken cancellation)
    {
        var count = 0;
        await foreach (var row in rows.WithCancellation(cancellation))
        {
            if (format == OutputFormat.Json)
            {
                await writer.WriteAsync($"{(count == 0 ? "[" : ",")}\n  {Quote.Visible(JsonSerializer.Serialize(row, Json))}");
            }
            else
            {
                if (count == 0) await WriteLineAsync(columns.Select(column => (column.Width, (object?)column.Title.ToUpperInvariant())));
                await WriteLineAsync(columns.Select(column => (column.Width, column.TextOf(row))));
            }

            count++;
        }

        if (format == OutputFormat.Json) await writer.WriteLineAsync(count == 0 ? "[]" : "\n]");
        else if (count == 0 && none is not null) await notes.WriteLineAsync(none);
    }

    /// <summary>Writes one object, one line per value.</summary>
    public async Task WriteOneAsync<TRow>(TRow row, IReadOnlyList<Column<TRow>> lines)
    {
        if (format == OutputFormat.Json)
        {
            await writer.WriteLineAsync(Quote.Visible(JsonSerializer.Serialize(row, Json)));
            return;
        }

        var width = lines.Max(line => line.Title.Length) + 1;
        foreach (var line in lines.Where(line => line.TextOf(row) is not null))
            await WriteLineAsync([(width, $"{line.Title}:"), (0, line.TextOf(row))]);
    }

    /// <summary>Writes a plain text for people (and <c>$(...)</c> of a shell), an object for programs.</summary>
    public Task WriteTextAsync(string name, string text) =>
        writer.WriteLineAsync(format == OutputFormat.Json ? JsonSerializer.Serialize(new Dictionary<string, string> { [name] = text }, Json) : text);

    /// <summary>Writes a plain number for people (and <c>$(...)</c> of a shell), an object for programs.</summary>
    public Task WriteCountAsync(long count) =>
        writer.WriteLineAsync(format == OutputFormat.Json ? $$"""{"count":{{count}}}""" : count.ToString(CultureInfo.InvariantCulture));

    private Task WriteLineAsync(IEnumerable<(int Width, object? Value)> cells) =>
        writer.WriteLineAsync(string.Join("  ", cells.Select(cell => TextOf(cell.Value).PadRight(cell.Width))).TrimEnd());

    private static string TextOf(object? value) => value switch
    {
        null => "",
        DateTimeOffset instant => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture),
        TimeSpan length => TextOf(length),
        IFormattable formattable => formattable.ToString(null, CultureInfo.InvariantCulture),
        _ => Quote.Visible(value.ToString() ?? ""),
    };

    private static string TextOf(TimeSpan length) => length switch
    {
        { TotalMinutes: < 1 } => $"{length.TotalSeconds:0}s",
        { TotalHours: < 1 } => $"{length.Minutes}m {length.Seconds}s",
        { TotalDays: < 1 } => $"{length.Hours}h {length.Minutes}m",
        _ => $"{(int)length.TotalDays}d {length.Hours}h",
    };
}
