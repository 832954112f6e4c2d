using System.Diagnostics.CodeAnalysis;

namespace ChatEvents.LocalGateway.Functions;

/// <summary>One environment that the gateway started: it handles one event at a time, and can be killed.</summary>
[SuppressMessage("Design", "CA1001", Justification = "The source has neither a timer nor a wait handle: there is nothing to dispose.")]
internal sealed class FunctionEnvironment(int id, Action kill)
{
    private readonly CancellationTokenSource _retired = new();

    public int Id => id;

    /// <summary>The event that it handles.</summary>
    public Invocation? Current { get; set; }

    /// <summary>Whether it has ever asked for an event. Otherwise its exit is a failed start.</summary>
    public bool HasStarted { get; set; }

    /// <summary>Since when it has been waiting for an event; null while it is not.</summary>
    public DateTimeOffset? IdleSince { get; set; }

    /// <summary>It finishes its event and takes no other: its files changed, it was idle, or it was killed.</summary>
    public bool IsRetired => _retired.IsCancellationRequested;

    /// <summary>Ends its wait for an event.</summary>
    public CancellationToken Retired => _retired.Token;

    public void Retire() => _retired.Cancel();

    /// <summary>The gateway ended its process.</summary>
    public bool IsKilled { get; private set; }

    public void Kill()
    {
        IsKilled = true;
        Retire();
        kill();
    }
}
