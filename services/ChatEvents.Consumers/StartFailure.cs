using Amazon.Runtime;
using Microsoft.Extensions.Options;

namespace ChatEvents.Consumers;

/// <summary>Start-up failures that the operator can fix.</summary>
public static class StartFailure
{
    private const string ConfigurationBinder = "Microsoft.Extensions.Configuration.Binder";

    /// <summary>One sentence per problem. None if the failure is a bug, for which the stack trace is needed.</summary>
    public static IReadOnlyList<string> SentencesOf(Exception failure) => failure switch
    {
        OptionsValidationException wrongSettings => [.. wrongSettings.Failures],
        WorkerCannotStartException reason => [reason.Message],

        // A value that cannot be parsed. The binder has no exception type of its own; its message names the setting.
        InvalidOperationException { Source: ConfigurationBinder } unreadable => [unreadable.Message],

        // The SDK distinguishes these two only by their texts.
        AmazonClientException { Message: var message } when message.Contains("RegionEndpoint", StringComparison.Ordinal) =>
            ["No AWS region is known: set AWS_REGION."],
        AmazonClientException { Message: var message } when message.Contains("credentials", StringComparison.Ordinal) =>
            ["No AWS credentials are found: set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY."],
        _ => [],
    };
}
