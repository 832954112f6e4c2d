using Amazon.Lambda.Core;

namespace ChatEvents.WorkerFunctions;

/// <summary>The part of an invocation's time that is for work.</summary>
internal static class InvocationTime
{
    /// <summary>
    /// The time that is kept for giving up: one second for handlers to notice, at most five to return their messages, and the answer. A
    /// safe guess: if Lambda ends the invocation instead, the messages stay hidden for the whole visibility timeout.
    /// </summary>
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(10);

    /// <summary>The maximum of Lambda. Substitutes for Lambda may set no deadline.</summary>
    private static readonly TimeSpan LongestTime = TimeSpan.FromMinutes(15);

    /// <summary>Zero when the time is over.</summary>
    public static TimeSpan ToWork(ILambdaContext context)
    {
        // At most a quarter, for functions with a short timeout.
        var remaining = context.RemainingTime < LongestTime ? context.RemainingTime : LongestTime;
        var margin = remaining / 4 < LongestMargin ? remaining / 4 : LongestMargin;
        return remaining > TimeSpan.Zero ? remaining - margin : TimeSpan.Zero;
    }
}
