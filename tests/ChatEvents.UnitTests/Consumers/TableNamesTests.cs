using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers.Tables;
using ChatEvents.FanOut;
using ChatEvents.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ChatEvents.UnitTests.Consumers;

public sealed class TableNamesTests : IDisposable
{
    private readonly RecordingLog _log = new();

    public void Dispose() => _log.Dispose();

    [Fact]
    public void Defaults_are_the_tables_of_the_tutorial_and_its_neighbours() =>
        Assert.Equal(["Chat", "ChatRooms", "ChatClosed", "ChatRecent", "ChatBans", "ChatProgress"], NamesOf(Registry()));

    [Fact]
    public void One_section_names_the_tables_of_both_workers()
    {
        string[] settings =
        [
            "--Tables:Connections=C-1", "--Tables:Rooms=R-1", "--Tables:Closed=X-1", "--Tables:Recent=M-1", "--Tables:Bans=B-1",
            "--Tables:Progress=P-1",
        ];

        Assert.Equal(["C-1", "R-1", "X-1", "M-1", "B-1", "P-1"], NamesOf(Registry(settings)));
        Assert.Equal(["C-1", "R-1", "X-1", "M-1", "B-1", "P-1"], NamesOf(FanOut(settings)));
        Assert.Empty(_log.Lines);
    }

    [Theory]
    [InlineData("Registry:ConnectionsTable", "Tables:Connections")]
    [InlineData("Registry:RoomsTable", "Tables:Rooms")]
    [InlineData("Registry:ClosedTable", "Tables:Closed")]
    [InlineData("Registry:RecentTable", "Tables:Recent")]
    [InlineData("FanOut:RoomsTable", "Tables:Rooms")]
    [InlineData("FanOut:RecentTable", "Tables:Recent")]
    [InlineData("FanOut:ProgressTable", "Tables:Progress")]
    public void An_old_name_of_a_setting_still_counts_and_a_warning_tells_the_new_one(string old, string instead)
    {
        Assert.Contains("Old-1", NamesOf(FanOut($"--{old}=Old-1")));
        Assert.Contains(_log.Lines, line =>
            line.Contains($"Setting {old} has a new name, {instead}. The next version ignores the old one.", StringComparison.Ordinal));

        Assert.DoesNotContain("Old-1", NamesOf(FanOut($"--{old}=Old-1", $"--{instead}=New-1")));
    }

    [Theory]
    [InlineData("Connections", "a", "Tables:Connections must be 3 to 255 letters, digits, '-', '_' or '.', but is \"a\".")]
    [InlineData("Rooms", "my rooms", "Tables:Rooms must be 3 to 255 letters, digits, '-', '_' or '.', but is \"my rooms\".")]
    [InlineData("Progress", "", "Tables:Progress must be 3 to 255 letters, digits, '-', '_' or '.', but is \"\".")]
    [InlineData("Closed", "Chat", "Tables:* must be 6 different tables, but are Chat, ChatRooms, Chat, ChatRecent, ChatBans, ChatProgress.")]
    public void A_name_that_cannot_be_is_told_in_one_sentence(string setting, string value, string sentence)
    {
        var error = Assert.Throws<OptionsValidationException>(() => NamesOf(Registry($"--Tables:{setting}={value}")));

        Assert.Equal(sentence, Assert.Single(error.Failures));
    }

    private static IEnumerable<string> NamesOf(WebApplication worker) =>
        worker.Services.GetRequiredService<TableNames>().All.Select(table => table.Name);

    private WebApplication Registry(params string[] args) => RegistryWorker.Build(args, Record);

    private WebApplication FanOut(params string[] args) => FanOutWorker.Build(args, Record);

    private void Record(WebApplicationBuilder builder) => builder.Logging.ClearProviders().SetMinimumLevel(LogLevel.Warning).AddProvider(_log);
}
