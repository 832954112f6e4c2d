namespace ChatEvents.Local.Hosting;

/// <summary>Says at the end what the run would have cost on AWS: when nothing runs any more but the servers that count.</summary>
internal sealed class LastBill(Action<string> say) : IAsyncDisposable
{
    /// <summary>Null as long as the system has not started: a start that fails costs nothing.</summary>
    public Func<CancellationToken, Task<string>>? Read { get; set; }

    public async ValueTask DisposeAsync()
    {
        if (Read is not null) say(await Read(CancellationToken.None) + ".");
    }
}
