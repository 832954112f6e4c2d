using System.Text.Json.Nodes;

namespace ChatEvents.EndToEndTests.Clients;

/// <summary>As <see cref="ScenarioTests"/>, with workers of their own, and a gateway that ends connections after seconds in place of two hours.</summary>
public sealed class LongScenarioTests(LongScenarioTests.ShortLives system) : IClassFixture<LongScenarioTests.ShortLives>
{
    /// <summary>What the clients count with is less than what the gateway gives: on a loaded machine, a twentieth of that is too short for a handshake.</summary>
    private const int LifeSeconds = 12, CutSeconds = 18;

    /// <summary>Each function has one environment here, in which a hello or a join may have to wait for the registry.</summary>
    private const int ClientsEach = 2;

    private static readonly object Options = new { minDelay = 50, maxDelay = 1_000, lifetime = LifeSeconds * 1_000 };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <remarks>Both at the same time: that workers die is no matter of connections.</remarks>
    [Fact(Timeout = 300_000)]
    public async Task Connections_are_replaced_before_they_are_cut_and_fan_out_workers_that_are_killed_cost_no_message()
    {
        var cancellation = TestContext.Current.CancellationToken;
        cancellation.ThrowIfCancellationRequested();
        await ScenarioSystem.AllAsync(
            ("connections that are cut after two hours", RenewalAsync),
            ("a fan-out worker that is killed every few seconds", KillsAsync));
    }

    private async Task RenewalAsync()
    {
        var clients = await ClientGroup.ConnectAsync(system.Programs, "lives", [system.Url], ClientsEach, null, Options, 0, Cancellation);

        await clients.AssertHeardAsync(await system.Speaker.SayAsync("lives", 40, TimeSpan.FromMilliseconds(500)));

        clients.AssertNeverOffline();
        await clients.CloseAsync();
    }

    private async Task KillsAsync()
    {
        const int Kills = 3;
        var clients = await ClientGroup.ConnectAsync(system.Programs, "kills", [system.Url], ClientsEach, null, Options, 0, Cancellation);

        var saying = system.Speaker.SayAsync("kills", 90, TimeSpan.FromMilliseconds(70));
        for (var kill = 1; kill <= Kills; kill++)
        {
            await clients.UntilHeardAsync(messages: kill * 15);
            system.FanOut.Kill();
            await system.StartFanOutAsync(Cancellation);
        }

        await clients.AssertHeardAsync(await saying);
        await clients.CloseAsync();
    }

    public sealed class ShortLives : SeparateProgramsFixture
    {
        public IReadOnlyList<ScenarioProgram> Programs { get; private set; } = [];

        public Speaker Speaker { get; private set; } = null!;

        protected override JsonObject Limits => new() { ["connectionDuration"] = $"00:00:{CutSeconds}" };

        public override async ValueTask InitializeAsync()
        {
            await base.InitializeAsync();
            Speaker = new Speaker(Servers.Sqs);
            Programs = await ScenarioProgram.StartAllAsync(TestContext.Current.CancellationToken);
        }

        public override async ValueTask DisposeAsync()
        {
            foreach (var program in Programs) await program.DisposeAsync();
            await base.DisposeAsync();
        }
    }
}
