namespace ChatEvents.RoutesTests.Handlers;

internal static class Deadlines
{
    /// <summary>A header that leaves an invocation no time at all.</summary>
    public static readonly (string Name, string Value) AlreadyOver = ("Lambda-Runtime-Deadline-Ms", "1");
}
