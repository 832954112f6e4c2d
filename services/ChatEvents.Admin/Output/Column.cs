namespace ChatEvents.Admin.Output;

/// <param name="Title">In capitals above the column.</param>
/// <param name="Width">
/// Fixed, so that a million rows can be written as they are read. A longer value shifts the rest of its line; values are never cut, because
/// ids are copied.
/// </param>
/// <param name="TextOf">The value in a row; null for none.</param>
internal sealed record Column<TRow>(string Title, int Width, Func<TRow, object?> TextOf);
