namespace ChatEvents.UnitTests.Load;

public class LoadCommandTests
{
    private const string OnAws = "wss://abc123.execute-api.eu-central-1.amazonaws.com/prod";

    [Theory]
    [InlineData("'http://localhost:8080' is no address of a chat: one begins with ws:// or wss://, as ws://localhost:8080/local does.", "http://localhost:8080")]
    [InlineData("--clients must be a number from 1 to 60000, but is '0'.", "ws://localhost:1", "--clients", "0")]
    [InlineData("--rooms must be a number from 1 to 10000, but is 'many'.", "ws://localhost:1", "--rooms", "many")]
    [InlineData("--rooms must not exceed --clients: 2 clients cannot fill 3 rooms.", "ws://localhost:1", "--clients", "2", "--rooms", "3")]
    [InlineData("--rate must be a number from 0.1 to 5000, but is '-1'.", "ws://localhost:1", "--rate", "-1")]
    [InlineData("--connect-rate must be a number from 1 to 500, but is '501'.", "ws://localhost:1", "--connect-rate", "501")]
    [InlineData("--dialect must be plain or v1, but is 'v2'.", "ws://localhost:1", "--dialect", "v2")]
    [InlineData("--svg /no/such/folder/load.svg: there is no folder /no/such/folder.", "ws://localhost:1", "--svg", "/no/such/folder/load.svg")]
    [InlineData("The token command ended with 3: no such user", "ws://localhost:1", "--token-command", "echo no such user >&2; exit 3")]
    [InlineData("The token command printed nothing.", "ws://localhost:1", "--token-command", "true")]
    public async Task What_is_wrong_is_said_in_one_sentence(string sentence, params string[] args)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Folders and shells of POSIX.");
        var program = new LoadProgram();

        Assert.Equal(1, await program.RunAsync(args));
        Assert.Equal(sentence, program.Error.Trim());
    }

    [Fact]
    public async Task A_chat_that_is_not_there_is_said_so_before_thousands_try()
    {
        var program = new LoadProgram();

        Assert.Equal(1, await program.RunAsync("ws://127.0.0.1:9/local", "--clients", "1000"));
        Assert.StartsWith("Client 1 of 1000 could not connect to ws://127.0.0.1:9/local: ", program.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_on_AWS_tells_what_it_costs_and_above_a_dollar_is_not_begun_without_a_yes()
    {
        string[] large = [OnAws, "--clients", "1000", "--rate", "50", "--seconds", "60"]; // 3,250 messages to 1,000 clients

        var unasked = new LoadProgram();
        Assert.Equal(1, await unasked.RunAsync(large));
        Assert.Contains("this run costs about 3.29 USD", unasked.Error, StringComparison.Ordinal);
        Assert.EndsWith("give --yes if that is what you want.", unasked.Error.Trim(), StringComparison.Ordinal);

        var refused = new LoadProgram { Answer = "n\n" };
        Assert.Equal(1, await refused.RunAsync(large));
        Assert.EndsWith("Spend it? [y/N] Nothing was spent.", refused.Error.Trim(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Behind_a_domain_of_its_own_a_chat_costs_if_the_user_says_so()
    {
        string[] args = ["ws://127.0.0.1:9/prod", "--clients", "2"];
        var (charged, free) = (new LoadProgram(), new LoadProgram());

        await charged.RunAsync([.. args, "--cost"]);
        await free.RunAsync(args);

        Assert.StartsWith("On AWS (us-east-1, prices of ", charged.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("costs", free.Error, StringComparison.Ordinal);
    }
}
