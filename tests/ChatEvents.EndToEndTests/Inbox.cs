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

    public async Task<IReadOnlyList<string>> WaitForAsync(int count, CancellationToken cancellation)
    {
        while (true)
        {
            Task more;
            lock (_frames)
            {
                if (_frames.Count >= count)
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
                throw new TimeoutException($"{All().Count} of {count} arrived, the last being: {string.Join(" | ", All().TakeLast(5))}.");
            }
        }
    }
}
