namespace ChatEvents.Admin.Output;

/// <param name="Title">In capitals above the column.</param>
/// <param name="Width">
/// Known beforehand, so that a million rows are written as they are read. A longer value pushes its line; none is cut, because ids are
/// there to be copied.
/// </param>
/// <param name="TextOf">What stands in a row; null for nothing.</param>
internal sealed record Column<TRow>(string Title, int Width, Func<TRow, object?> TextOf);
