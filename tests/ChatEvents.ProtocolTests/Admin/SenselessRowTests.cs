using Amazon.DynamoDBv2.Model;
using ChatEvents.Admin;
using ChatEvents.UnitTests.Nonsense;

namespace ChatEvents.ProtocolTests.Admin;

/// <summary>Rows of random attributes in each table that the tool reads: it names them, and does its work with the others.</summary>
public sealed class SenselessRowTests(EmulatorsFixture emulators) : AdminTestsWithGateway(emulators)
{
    [Fact(Timeout = 120_000)]
    public async Task No_row_stops_a_verb()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await Admin.OpenAsync("good=", Gateway.CallbackEndpoint, "ada", "blue");
        var rows = new RandomRows(new Random(20261130), TimeProvider.System.GetUtcNow());
        for (var number = 0; number < 50; number++)
        {
            await PutAsync(Admin.Tables.Names.Connections, rows.Connection($"bad{number}="));
            await PutAsync(Admin.Tables.Names.Rooms, rows.Membership("blue", $"bad{number}="));
            await PutAsync(Admin.Tables.Names.Rooms, rows.Membership("@ada", $"bad{number}="));
            await PutAsync(Admin.Tables.Names.Bans, rows.Ban($"user#bad{number}"));
        }

        string[][] verbs =
        [
            ["connections", "list"], ["connections", "list", "--room", "blue"], ["connections", "show", "good="], ["rooms", "list"],
            ["users", "list"], ["users", "list", "--banned"], ["users", "show", "ada"],
        ];
        foreach (var verb in verbs)
        {
            var output = await Admin.RunAsync(cancellation, verb);

            Assert.True(output.ExitCode == ExitCode.Done, $"{string.Join(' ', verb)}: {output.Error}");
        }

        var listed = await Admin.RunAsync(cancellation, "connections", "list");
        Assert.Contains(listed.Lines, line => line.StartsWith("good=", StringComparison.Ordinal));
        Assert.Contains("makes no sense and is skipped", listed.Error, StringComparison.Ordinal);
        var drift = await Admin.RunAsync(cancellation, "drift");
        Assert.Contains("the gateway was asked about", drift.Error, StringComparison.Ordinal); // it came to its end
    }

    private Task<PutItemResponse> PutAsync(string table, Dictionary<string, AttributeValue> item) =>
        Admin.Tables.DynamoDb.PutItemAsync(table, item, TestContext.Current.CancellationToken);
}
