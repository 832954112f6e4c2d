using System.Diagnostics;
using System.Globalization;

namespace ChatEvents.Bench.ColdStart;

/// <summary>One start of a process, until it has answered its first invocation.</summary>
/// <param name="Time">From the call that starts it to its answer.</param>
/// <param name="Cpu">Of all its threads, at its answer.</param>
internal sealed record ColdStart(TimeSpan Time, TimeSpan Cpu)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static async Task<ColdStart> MeasureAsync(Candidate candidate, Servers servers)
    {
        var command = candidate.Command();
        command.RedirectStandardOutput = true;
        servers.Asks = candidate.IsAuthorizer ? servers.Handshake : Servers.Message;
        foreach (var (name, value) in (ReadOnlySpan<(string, string)>)
            [
                ("_HANDLER", candidate.IsAuthorizer ? "authorize" : "onMessage"),
                ("AUTH_MODE", "required"),
                ("AUTH_ISSUER", servers.Issuer),
                ("AUTH_AUDIENCE", "chat"),
                ("AUTH_PUBLIC_KEY", candidate.Name == Candidate.AuthorizeByKey ? servers.PublicKey : ""),
                ("AWS_LAMBDA_RUNTIME_API", servers.Address),
                ("AWS_ENDPOINT_URL_SQS", $"http://{servers.Address}"),
                ("MESSAGES_QUEUE", $"http://{servers.Address}/000000000000/messages.fifo"),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ACCESS_KEY_ID", "cold-start"),
                ("AWS_SECRET_ACCESS_KEY", "cold-start"),
            ])
        {
            command.Environment[name] = value;
        }

        using var limit = new CancellationTokenSource(Patience);
        var sentBefore = servers.Messages;
        var begun = Stopwatch.GetTimestamp();
        using var process = Children.Start(command);
        process.OutputDataReceived += (_, _) => { };
        process.BeginOutputReadLine();
        var answer = await servers.AnswerAsync(limit.Token);
        var start = new ColdStart(Stopwatch.GetElapsedTime(begun), CpuOf(process));
        process.Kill();
        await process.WaitForExitAsync();

        var sent = servers.Messages - sentBefore;
        var (expected, toSend) = candidate.IsAuthorizer ? ("""{"principalId":"ada",""", 0)
            : ("""{"statusCode":200""", candidate.Name == Candidate.Bare ? 0 : 1);
        return answer.StartsWith(expected, StringComparison.Ordinal) && sent == toSend
            ? start
            : throw new InvalidOperationException($"{candidate.Name} answered {answer} and sent {sent} messages.");
    }

    /// <summary>The scheduler counts nanoseconds per thread; the times of the process are in steps of 10 ms.</summary>
    private static TimeSpan CpuOf(Process process)
    {
        var nanoseconds = Directory.GetDirectories($"/proc/{process.Id}/task").Sum(NanosecondsOf);
        return TimeSpan.FromTicks(nanoseconds / TimeSpan.NanosecondsPerTick);
    }

    private static long NanosecondsOf(string thread)
    {
        try
        {
            return long.Parse(File.ReadAllText($"{thread}/schedstat").Split(' ')[0], CultureInfo.InvariantCulture);
        }
        catch (IOException)
        {
            // It has ended since it was listed; what it used is not to be had, and so short a life is not worth it.
            return 0;
        }
    }
}
