using System.Text.Json;
using ChatEvents.Admin;
using ChatEvents.ConnectionRegistry;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>Where tables and gateway do not agree, and the registry worker's repair of it.</summary>
public sealed class DriftVerbTests(EmulatorsFixture emulators) : AdminTestsWithGateway(emulators)
{
    [Fact(Timeout = 60_000)]
    public async Task Tables_that_are_right_have_no_drift()
    {
        var (_, id) = await Gateway.ConnectAsync();
        await Admin.OpenAsync(id, Gateway.CallbackEndpoint, null, "blue");

        var drift = await Admin.RunAsync(TestContext.Current.CancellationToken, "drift", "--output", "json");

        Assert.Equal((ExitCode.Done, "[]\n"), (drift.ExitCode, drift.Out));
        Assert.Equal("0 found; the gateway was asked about 1 connections.\n", drift.Error);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_newborn_is_no_drift_although_the_gateway_does_not_know_it_yet()
    {
        var opened = AdminUnderTest.OpenedLongAgo("Qv7kLd3mIAMCJw8=", Gateway.CallbackEndpoint) with
        {
            ConnectedAt = TimeProvider.System.GetUtcNow(),
        };
        await Admin.Registry.OpenAsync(opened, Cancellation);

        Assert.Equal(ExitCode.Done, (await Admin.RunAsync(TestContext.Current.CancellationToken, "drift")).ExitCode);
    }

    [Fact(Timeout = 120_000)]
    public async Task Every_kind_of_drift_is_found_and_repaired_by_the_registry_worker()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (_, rowless) = await Gateway.ConnectAsync();
        var (_, unheard) = await Gateway.ConnectAsync();
        var (_, overheard) = await Gateway.ConnectAsync();
        const string Stale = "Qv7kLd3mIAMCJw8=";
        const string LeftOver = "A-b9_xYzoAMCK1g=";
        await Admin.OpenAsync(Stale, Gateway.CallbackEndpoint, null, "blue");
        await PutMembershipAsync(LeftOver, "red");
        await PutMembershipAsync(rowless, "everyone");
        await Admin.OpenAsync(unheard, Gateway.CallbackEndpoint, null, "blue");
        await Admin.Rows.Memberships.RemoveAsync("blue", unheard, cancellation);
        await Admin.Rows.Memberships.RemoveAsync("everyone", unheard, cancellation);
        await Admin.OpenAsync(overheard, Gateway.CallbackEndpoint);
        await PutMembershipAsync(overheard, "blue");

        var found = await Admin.RunAsync(cancellation, "drift", "--output", "json");

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

        var repaired = await Admin.RunAsync(cancellation, "drift", "--repair", "--yes");
        Assert.Equal(ExitCode.Done, repaired.ExitCode);
        await Admin.RunRegistryWorkerAsync(async () => (await Admin.RunAsync(cancellation, "drift")).ExitCode == ExitCode.Done);

        Assert.Equal("3\n", (await Admin.RunAsync(cancellation, "connections", "count")).Out);
        Assert.Equal("3\n", (await Admin.RunAsync(cancellation, "connections", "count", "--room", "everyone")).Out);
        Assert.Equal("1\n", (await Admin.RunAsync(cancellation, "connections", "count", "--room", "blue")).Out);
    }

    [Fact(Timeout = 120_000)]
    public async Task A_row_with_an_id_that_no_connection_can_have_is_drift_that_can_be_repaired()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Admin.OpenAsync("no-id-of-a-gateway", Gateway.CallbackEndpoint);

        Assert.Equal(ExitCode.DriftFound, (await Admin.RunAsync(cancellation, "drift")).ExitCode);
        Assert.Equal(ExitCode.Done, (await Admin.RunAsync(cancellation, "drift", "--repair", "--yes")).ExitCode);
        await Admin.RunRegistryWorkerAsync(async () => (await Admin.RunAsync(cancellation, "drift")).ExitCode == ExitCode.Done);

        Assert.Equal("0\n", (await Admin.RunAsync(cancellation, "connections", "count")).Out);
    }

    [Fact(Timeout = 60_000)]
    public async Task Without_yes_and_without_a_terminal_nothing_is_repaired()
    {
        await Admin.OpenAsync("Qv7kLd3mIAMCJw8=", Gateway.CallbackEndpoint);

        var refused = await Admin.RunAsync(TestContext.Current.CancellationToken, "drift", "--repair");

        Assert.Equal(ExitCode.Failed, refused.ExitCode);
        Assert.Contains("--yes", refused.Error, StringComparison.Ordinal);
        Assert.Empty(await Admin.ReceiveAllAsync(Admin.Queues.Connections));
    }

    [Fact(Timeout = 60_000)]
    public async Task A_gateway_that_does_not_answer_is_no_drift_but_a_failure()
    {
        await Admin.OpenAsync("Qv7kLd3mIAMCJw8=", "http://127.0.0.1:9/local");

        var failed = await Admin.RunAsync(TestContext.Current.CancellationToken, "drift");

        Assert.Equal(ExitCode.Failed, failed.ExitCode);
        Assert.Contains("The gateway did not say about 1 connections", failed.Error, StringComparison.Ordinal);
    }

    [Fact(Timeout = 60_000)]
    public async Task A_callback_endpoint_that_is_given_is_asked_instead_of_that_in_the_row()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var (_, id) = await Gateway.ConnectAsync();
        await Admin.OpenAsync(id, "http://127.0.0.1:9/local");

        Assert.Equal(ExitCode.Done, (await Admin.RunAsync(cancellation, "drift", "--callback-endpoint", Gateway.CallbackEndpoint)).ExitCode);
    }

    private Task PutMembershipAsync(string connectionId, string room) =>
        Admin.Rows.Memberships.PutAsync(
            Merging.RowFrom(AdminUnderTest.OpenedLongAgo(connectionId, Gateway.CallbackEndpoint)), room, Cancellation);

    private static (string Drift, string ConnectionId, string? Room) Finding(JsonElement finding) => (
        finding.GetProperty("kind").GetString()!,
        finding.GetProperty("connectionId").GetString()!,
        finding.TryGetProperty("room", out var room) ? room.GetString() : null);
}
