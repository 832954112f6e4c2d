using Amazon.Lambda.Core;

namespace ChatEvents.WorkerFunctions;

/// <summary>The part of an invocation's time that work may take.</summary>
internal static class InvocationTime
{
    /// <summary>
    /// What is kept for letting go: a second for handlers to notice, five at most to return their messages, the answer. A guess on the
    /// safe side; what Lambda ends instead would stay hidden for the whole visibility timeout.
    /// </summary>
    private static readonly TimeSpan LongestMargin = TimeSpan.FromSeconds(10);

    /// <summary>The longest that Lambda lets an invocation run. Some stand-in for Lambda may set no deadline at all.</summary>
    private static readonly TimeSpan LongestTime = TimeSpan.FromMinutes(15);

    /// <summary>Nothing once the time is over.</summary>
    public static TimeSpan ToWork(ILambdaContext context)
    {
        // A quarter at most, for functions whose whole time is short.
        var remaining = context.RemainingTime < LongestTime ? context.RemainingTime : LongestTime;
        var margin = remaining / 4 < LongestMargin ? remaining / 4 : LongestMargin;
        return remaining > TimeSpan.Zero ? remaining - margin : TimeSpan.Zero;
    }
}
