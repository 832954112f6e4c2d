using System.Text.Json;
using ChatEvents.Admin;
using ChatEvents.ConnectionRegistry;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>Where tables and gateway do not agree, and the registry worker's repair of it.</summary>
public sealed class DriftVerbTests(EmulatorsFixture emulators) : IAsyncLifetime
{
    private AdminUnderTest _admin = null!;
    private OpenGateway _gateway = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _admin = await AdminUnderTest.StartAsync(emulators);
        _gateway = await OpenGateway.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _gateway.DisposeAsync();
        await _admin.DisposeAsync();
    }

    [Fact(Timeout = 60_000)]
    public async Task Tables_that_are_right_have_no_drift()
    {
        var (_, id) = await _gateway.ConnectAsync();
        await _admin.OpenAsync(id, _gateway.CallbackEndpoint, null, "blue");

        var drift = await _admin.RunAsync("drift", "--output", "json");

        Assert.Equal((ExitCode.Done, "[]\n"), (drift.ExitCode, drift.Out));
        Assert.Equal("0 found; the gateway was asked about 1 connections.\n", drift.Error);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_newborn_is_no_drift_although_the_gateway_does_not_know_it_yet()
    {
        var opened = AdminUnderTest.OpenedLongAgo("Qv7kLd3mIAMCJw8=", _gateway.CallbackEndpoint) with
        {
            ConnectedAt = TimeProvider.System.GetUtcNow(),
        };
        await _admin.Registry.OpenAsync(opened, Cancellation);

        Assert.Equal(ExitCode.Done, (await _admin.RunAsync("drift")).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_kind_of_drift_is_found_and_repaired_by_the_registry_worker()
    {
        var (_, rowless) = await _gateway.ConnectAsync();
        var (_, unheard) = await _gateway.ConnectAsync();
        var (_, overheard) = await _gateway.ConnectAsync();
        const string Stale = "Qv7kLd3mIAMCJw8=";
        const string LeftOver = "A-b9_xYzoAMCK1g=";
        await _admin.OpenAsync(Stale, _gateway.CallbackEndpoint, null, "blue");
        await PutMembershipAsync(LeftOver, "red");
        await PutMembershipAsync(rowless, "everyone");
        await _admin.OpenAsync(unheard, _gateway.CallbackEndpoint, null, "blue");
        await _admin.Tables.Rows.RemoveMembershipAsync(unheard, "blue", Cancellation);
        await _admin.Tables.Rows.RemoveMembershipAsync(unheard, "everyone", Cancellation);
        await _admin.OpenAsync(overheard, _gateway.CallbackEndpoint);
        await PutMembershipAsync(overheard, "blue");

        var found = await _admin.RunAsync("drift", "--output", "json");

        Assert.Equal(ExitCode.DriftFound, found.ExitCode);
        using var json = JsonDocument.Parse(found.Out);
        Assert.Equal(
            new HashSet<(string, string, string?)>
            {
                ("staleConnection", Stale, null),
                ("staleMembership", LeftOver, "red"),
                ("connectionMissing", rowless, "everyone"),
                ("membershipMissing", unheard, "blue"),
                ("membershipMissing", unheard, "everyone"),
                ("membershipNotInRow", overheard, "blue"),
            },
            json.RootElement.EnumerateArray().Select(Finding).ToHashSet());

        var repaired = await _admin.RunAsync("drift", "--repair", "--yes");
        Assert.Equal(ExitCode.Done, repaired.ExitCode);
        await _admin.RunRegistryWorkerAsync(async () => (await _admin.RunAsync("drift")).ExitCode == ExitCode.Done);

        Assert.Equal("3\n", (await _admin.RunAsync("connections", "count")).Out);
        Assert.Equal("3\n", (await _admin.RunAsync("connections", "count", "--room", "everyone")).Out);
        Assert.Equal("1\n", (await _admin.RunAsync("connections", "count", "--room", "blue")).Out);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_yes_and_without_a_terminal_nothing_is_repaired()
    {
        await _admin.OpenAsync("Qv7kLd3mIAMCJw8=", _gateway.CallbackEndpoint);

        var refused = await _admin.RunAsync("drift", "--repair");

        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("--yes", refused.Error, StringComparison.Ordinal);
        Assert.Empty(await _admin.ReceiveAllAsync(_admin.Queues.Connections));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_does_not_answer_is_no_drift_but_a_failure()
    {
        await _admin.OpenAsync("Qv7kLd3mIAMCJw8=", "http://127.0.0.1:9/local");

        var failed = await _admin.RunAsync("drift");

        Assert.Equal(ExitCode.Failed, failed.ExitCode);
        Assert.Contains("The gateway did not say about 1 connections", failed.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_callback_endpoint_that_is_given_is_asked_instead_of_that_in_the_row()
    {
        var (_, id) = await _gateway.ConnectAsync();
        await _admin.OpenAsync(id, "http://127.0.0.1:9/local");

        Assert.Equal(ExitCode.Done, (await _admin.RunAsync("drift", "--callback-endpoint", _gateway.CallbackEndpoint)).ExitCode);
    }

    private Task PutMembershipAsync(string connectionId, string room) =>
        _admin.Tables.Rows.PutMembershipAsync(
            Connection.From(AdminUnderTest.OpenedLongAgo(connectionId, _gateway.CallbackEndpoint)), room, Cancellation);

    private static (string Drift, string ConnectionId, string? Room) Finding(JsonElement finding) => (
        finding.GetProperty("kind").GetString()!,
        finding.GetProperty("connectionId").GetString()!,
        finding.TryGetProperty("room", out var room) ? room.GetString() : null);
}
