using System.Text;
using ChatEvents.Load;

namespace ChatEvents.UnitTests.Load;

/// <summary>The program, with what it wrote.</summary>
internal sealed class LoadProgram
{
    private readonly StringBuilder _out = new(), _error = new();

    /// <summary>What somebody at a terminal answers; null for no terminal.</summary>
    public string? Answer { get; init; }

    public string Out => _out.ToString();

    public string Error => _error.ToString();

    public async Task<int> RunAsync(params string[] args)
    {
        await using var output = new StringWriter(_out);
        await using var error = new StringWriter(_error);
        using var answers = Answer is null ? null : new StringReader(Answer);
        return await LoadCommand.RunAsync(
            args,
            new LoadEnvironment { Out = output, Error = error, Answers = answers, Random = () => 0.1 },
            TestContext.Current.CancellationToken);
    }
}
