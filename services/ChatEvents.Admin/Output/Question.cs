namespace ChatEvents.Admin.Output;

/// <summary>Asks for confirmation before something that cannot be undone.</summary>
internal sealed class Question(AdminEnvironment environment, bool yes)
{
    /// <exception cref="AdminException">The answer is not yes, or there is no terminal.</exception>
    public async Task RequireYesAsync(string question, CancellationToken cancellation)
    {
        if (yes) return;
        if (environment.Answers is not { } answers)
            throw new AdminException($"\"{question}\" cannot be asked without a terminal: give --yes if that is what you want.");

        await environment.Error.WriteAsync($"{question} [y/N] ");
        await environment.Error.FlushAsync(cancellation);
        var answer = await answers.ReadLineAsync(cancellation);
        if (answer?.Trim().ToUpperInvariant() is not ("Y" or "YES"))
            throw new AdminException("Nothing was done.");
    }
}
