namespace ChatEvents.EndToEndTests;

/// <summary>One local system for the tests of a class.</summary>
public sealed class LocalSystemFixture : IAsyncLifetime
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromMinutes(2);

    private LocalSystemProcess _system = null!;

    public SystemServers Servers { get; private set; } = null!;

    public Uri Url => _system.Url;

    public async ValueTask InitializeAsync()
    {
        using var timeout = new CancellationTokenSource(StartTimeout, TimeProvider.System);
        Servers = await SystemServers.StartAsync(timeout.Token);
        _system = await LocalSystemProcess.StartAsync(timeout.Token, Servers.Environment);
    }

    public async ValueTask DisposeAsync()
    {
        await _system.DisposeAsync();
        await Servers.DisposeAsync();
    }
}
