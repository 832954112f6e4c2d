using ChatEvents.Admin;
using ChatEvents.Testing;
using Microsoft.Extensions.Configuration;

namespace ChatEvents.UnitTests.Admin;

/// <summary>The command line as such: no system is asked.</summary>
public sealed class AdminCommandTests
{
    [Theory(Timeout = 60_000)]
    [InlineData("connections", "list", "count", "show", "disconnect")]
    [InlineData("rooms", "list", "count", "disconnect")]
    [InlineData("dead-letters", "list", "count", "move")]
    [InlineData("drift", "--repair", "--rate")]
    public async Task Help_names_what_a_verb_can_do(string verb, params string[] parts)
    {
        var (exitCode, output, error) = await RunAsync(TestContext.Current.CancellationToken, verb, "--help");

        Assert.Equal((ExitCode.Done, ""), (exitCode, error));
        Assert.All(parts, part => Assert.Contains($"  {part}", output, StringComparison.Ordinal));
        Assert.Contains("--output", output, StringComparison.Ordinal);
        Assert.Contains("--connections-table", output, StringComparison.Ordinal);
    }

    [Theory(Timeout = 60_000)]
    [InlineData("--rate must be a number from 1 to 5000, but is '0'.", "drift", "--rate", "0")]
    [InlineData("--rate must be a number from 1 to 5000, but is 'fast'.", "drift", "--rate", "fast")]
    [InlineData("'no room' is no room: a name is 1 to 64 letters, digits, '-', '_' or '.'.", "rooms", "disconnect", "no room")]
    [InlineData("'#' is no room: a name is 1 to 64 letters, digits, '-', '_' or '.'.", "connections", "list", "--room", "#")]
    [InlineData("--queue must be one of Connections, Messages, Walks, Late, but is 'mail'.", "dead-letters", "list", "--queue", "mail")]
    [InlineData("Say to whom: --room or --user.", "say", "text")]
    [InlineData("Say to whom: --room or --user.", "say", "text", "--room", "blue", "--user", "ada")]
    [InlineData("The text must have 1 to 65536 bytes.", "say", "", "--room", "blue")]
    [InlineData("--id must be 1 to 64 of the characters A-Z, a-z, 0-9, '_', '-' and '.'.", "say", "text", "--room", "blue", "--id", "no id")]
    [InlineData("Say which dead letters to move: their ids, or --all.", "dead-letters", "move")]
    [InlineData("Say which dead letters to move: their ids, or --all.", "dead-letters", "move", "some-id", "--all")]
    public async Task A_wrong_command_line_is_refused_in_one_sentence(string sentence, params string[] args)
    {
        Assert.Equal((ExitCode.Failed, "", sentence + Environment.NewLine), await RunAsync(TestContext.Current.CancellationToken, args));
    }

    [Fact(Timeout = 60_000)]
    public async Task An_argument_that_begins_with_an_at_sign_is_a_room_and_no_file_of_arguments()
    {
        var (_, _, error) = await RunAsync(TestContext.Current.CancellationToken, "token", "--user", "ada", "--post", "@*");

        // Read, and refused only because there is no secret here.
        Assert.StartsWith("A token is made where the secret is", error, StringComparison.Ordinal);
    }

    private static async Task<(int ExitCode, string Out, string Error)> RunAsync(
        CancellationToken cancellation, params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await AdminCommand.RunAsync(
            args,
            new AdminEnvironment
            {
                Out = output,
                Error = error,
                Answers = null,
                Settings = new ConfigurationBuilder().Build(),
                CreateDynamoDb = () => throw new InvalidOperationException("DynamoDB is not needed for this."),
                CreateSqs = () => throw new InvalidOperationException("SQS is not needed for this."),
                CreateGateway = _ => throw new InvalidOperationException("The gateway is not needed for this."),
                Time = new FakeTime(),
            },
            cancellation);
        return (exitCode, output.ToString(), error.ToString());
    }
}
