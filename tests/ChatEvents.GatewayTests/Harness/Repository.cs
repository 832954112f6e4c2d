namespace ChatEvents.GatewayTests.Harness;

/// <summary>The repository from which this test was built.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ChatEvents.sln")))
                return folder.FullName;
        }

        throw new InvalidOperationException("The repository was not found.");
    }
}
