using Amazon.Runtime;
using Microsoft.Extensions.Options;

namespace ChatEvents.Consumers;

/// <summary>What of a failure to start whoever runs the program can mend.</summary>
public static class StartFailure
{
    private const string ConfigurationBinder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>
    /// One sentence for each thing to mend. None where the failure is a mistake in the program, whose stack trace is wanted then.
    /// </summary>
    public static IReadOnlyList<string> SentencesOf(Exception failure) => failure switch
    {
        OptionsValidationException wrongSettings => [.. wrongSettings.Failures],
        WorkerCannotStartException reason => [reason.Message],

        // A value that is no number, time or choice at all. The binder has no exception of its own; its message names the setting.
        InvalidOperationException { Source: ConfigurationBinder } unreadable => [unreadable.Message],

        // The SDK tells these two by their texts only.
        AmazonClientException { Message: var message } when message.Contains("RegionEndpoint", StringComparison.Ordinal) =>
            ["No AWS region is known: set AWS_REGION."],
        AmazonClientException { Message: var message } when message.Contains("credentials", StringComparison.Ordinal) =>
            ["No AWS credentials are found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."],
        _ => [],
    };
}
