namespace ChatEvents.ProtocolTests.Admin;

/// <summary>What the tests of verbs that ask the gateway have in common: the tool, and a gateway beside its tables.</summary>
public abstract class AdminTestsWithGateway(EmulatorsFixture emulators) : IAsyncLifetime
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected AdminUnderTest Admin { get; private set; } = null!;

    protected OpenGateway Gateway { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Admin = await AdminUnderTest.StartAsync(emulators);
        Gateway = await OpenGateway.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await Gateway.DisposeAsync();
        await Admin.DisposeAsync();
    }
}
