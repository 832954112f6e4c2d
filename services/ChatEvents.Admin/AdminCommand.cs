using System.CommandLine;
using Amazon.Runtime;
using Amazon.SQS.Model;
using ChatEvents.Admin.Verbs;
using ChatEvents.Consumers;
using ChatEvents.Queues;

namespace ChatEvents.Admin;

/// <summary>The command line. Returns an <see cref="ExitCode"/>; failures outside the tool are reported in one sentence.</summary>
public static class AdminCommand
{
    // "@ada" is a user's room, and not the name of a file with more arguments.
    private static readonly ParserConfiguration Parser = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(
        IReadOnlyList<string> args, AdminEnvironment environment, CancellationToken cancellation = default)
    {
        var arguments = CreateCommand(environment).Parse(args.Count == 0 ? ["--help"] : args, Parser);
        if (arguments.Errors is [var wrong, ..])
        {
            await environment.Error.WriteLineAsync(wrong.Message);
            return ExitCode.Failed;
        }

        try
        {
            return await arguments.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = environment.Out,
                    Error = environment.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null, // the caller's token stops a verb
                },
                cancellation);
        }
        catch (Exception failure) when (SentenceOf(failure) is { } sentence)
        {
            await environment.Error.WriteLineAsync(sentence);
            return ExitCode.Failed;
        }
    }

    private static RootCommand CreateCommand(AdminEnvironment environment)
    {
        var options = new GlobalOptions();
        var verbs = new VerbContext(environment, options);
        var command = new RootCommand(
            "Inspects and repairs a ChatEvents system: connections, rooms, users, bans, dead letters, drift. It uses the AWS credentials "
            + "and region of the environment, or the servers that the AWS_ENDPOINT_URL_* variables name. "
            + "Exit code 0: done; 1: failed; 2: drift found.")
        {
            ConnectionVerbs.Create(verbs),
            RoomVerbs.Create(verbs),
            UserVerbs.Create(verbs),
            AddressVerbs.Create(verbs),
            TokenVerb.Create(verbs),
            SayVerb.Create(verbs),
            HistoryVerbs.Create(verbs),
            DeadLetterVerbs.Create(verbs),
            DriftVerb.Create(verbs),
            SetupVerb.Create(verbs),
        };
        foreach (var option in options.All) command.Options.Add(option);
        return command;
    }

    private static string? SentenceOf(Exception failure) => failure switch
    {
        AdminException or PublishException => failure.Message,
        Amazon.DynamoDBv2.Model.ResourceNotFoundException => "A table does not exist there: see --connections-table, --rooms-table, AWS_REGION and AWS_ENDPOINT_URL_DYNAMODB.",
        QueueDoesNotExistException => "A queue does not exist there: see --connections-queue, --messages-queue, AWS_REGION and AWS_ENDPOINT_URL_SQS.",
        _ when Unreachable(failure) is { } unreachable => $"A server cannot be reached: {unreachable.Message}.",
        AmazonServiceException refused => $"AWS refused: {refused.ErrorCode} ({refused.Message})",
        _ when StartFailure.SentencesOf(failure) is [var sentence, ..] => sentence,
        AmazonClientException => failure.Message,
        OperationCanceledException => "Stopped.",
        _ => null,
    };

    /// <summary>What kept a server from being reached; null for every other failure.</summary>
    internal static HttpRequestException? Unreachable(Exception? failure) =>
        failure is null or HttpRequestException ? failure as HttpRequestException : Unreachable(failure.InnerException);
}
