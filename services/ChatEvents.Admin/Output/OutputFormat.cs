namespace ChatEvents.Admin.Output;

internal enum OutputFormat
{
    /// <summary>For people: columns, or one line per value.</summary>
    Table,

    /// <summary>For programs: an array of objects, or one object.</summary>
    Json,
}
