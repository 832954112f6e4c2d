using System.CommandLine;
using ChatEvents.Admin.Output;
using ChatEvents.ConnectionRegistry.Sweeping;
using ChatEvents.Contracts;

namespace ChatEvents.Admin.Verbs;

/// <summary><c>addresses list|ban|unban</c>.</summary>
internal static class AddressVerbs
{
    private static readonly Column<BanLine>[] Columns =
    [
        new("address", 24, line => line.Address),
        new("since", 20, line => line.BannedAt),
        new("until", 20, line => line.Until),
        new("banned by", 20, line => line.BannedBy),
        new("guest", 12, line => line.Guest),
        new("reason", 0, line => line.Reason),
    ];

    public static Command Create(VerbContext verbs) =>
        new("addresses", "IP addresses that may not connect. Of IPv6, the /64 network, which is what one customer has.")
        {
            List(verbs),
            Ban(verbs),
            Unban(verbs),
        };

    private static Command List(VerbContext verbs) => verbs.Does(new("list", "Lists banned addresses."), async (run, cancellation) =>
    {
        var lines = run.Chat.Bans.ReadAllAsync(cancellation)
            .Select(ban => (Bans.Read(ban.Key).Address, Ban: ban))
            .Where(found => found.Address is not null)
            .Select(found => new BanLine(found.Address!, found.Ban.BannedAt, found.Ban.Until, found.Ban.Reason, found.Ban.By, found.Ban.Guest));
        await run.Results.WriteAsync(lines, Columns, "No address is banned.", cancellation);
        return ExitCode.Done;
    });

    private static Command Ban(VerbContext verbs)
    {
        var (address, options) = (Arguments.Address(), new BanOptions());
        var command = new Command("ban", "Keeps an address from connecting for a time, and ends its connections; it reads the whole table of them.")
        {
            address, options.Hours, options.Reason,
        };
        return verbs.Does(command, async (run, cancellation) =>
        {
            var key = Bans.KeyOfAddress(run.Arguments.GetRequiredValue(address))!;
            var ban = options.Of(key, run);
            await run.Question.RequireYesAsync($"Ban {Bans.Read(key).Address} until {ban.Until:u}?", cancellation);
            await run.Chat.Moderation.DecideAsync(ban, cancellation);
            var open = run.Chat.Moderation.ScanAddressAsync(key, cancellation).Select(ConnectionToEnd.Of);
            return await DisconnectionSummary.TellAsync(run, await run.Chat.Moderation.EndAsync(open, EndingSentence.OfBan(ban), cancellation));
        });
    }

    private static Command Unban(VerbContext verbs)
    {
        var address = Arguments.Address();
        return verbs.Does(new("unban", "Lets an address connect again.") { address }, async (run, cancellation) =>
        {
            var key = Bans.KeyOfAddress(run.Arguments.GetRequiredValue(address))!;
            await UserVerbs.UnbanAsync(run, key, $"Address {Bans.Read(key).Address}", cancellation);
            return ExitCode.Done;
        });
    }

    private sealed record BanLine(
        string Address, DateTimeOffset BannedAt, DateTimeOffset Until, string? Reason, string? BannedBy, string? Guest);
}
