namespace ChatEvents.EndToEndTests;

/// <summary>What one client received, in order, with a way to wait for it.</summary>
internal sealed class Inbox
{
    private readonly List<string> _frames = [];
    private TaskCompletionSource _more = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Add(string frame)
    {
        lock (_frames)
        {
            _frames.Add(frame);
            _more.TrySetResult();
            _more = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public IReadOnlyList<string> All()
    {
        lock (_frames)
        {
            return [.. _frames];
        }
    }

    public Task<IReadOnlyList<string>> WaitForAsync(int count, CancellationToken cancellation) =>
        UntilAsync(frames => frames.Count >= count, cancellation);

    /// <summary>Waits until what was received satisfies the condition.</summary>
    public async Task<IReadOnlyList<string>> UntilAsync(Func<IReadOnlyList<string>, bool> isEnough, CancellationToken cancellation)
    {
        while (true)
        {
            Task more;
            lock (_frames)
            {
                if (isEnough(_frames))
                {
                    return [.. _frames];
                }

                more = _more.Task;
            }

            try
            {
                await more.WaitAsync(cancellation);
            }
            catch (OperationCanceledException)
            {
                var all = All();
                throw new TimeoutException($"Only {all.Count} arrived, the last being: {string.Join(" | ", all.TakeLast(5))}");
            }
        }
    }
}
