using Amazon.SQS.Model;
using ChatEvents.Queues;

namespace ChatEvents.Consumers;

/// <summary>
/// Handles the batches of all queues of a worker whose host receives them itself. Added by
/// <see cref="QueueConsumersRegistration.AddReceivedBatches"/>.
/// </summary>
public sealed class ReceivedBatches
{
    private readonly Dictionary<string, QueueBatches> _byQueue;

    internal ReceivedBatches(IEnumerable<ConsumedQueue> queues, IServiceProvider provider) =>
        _byQueue = queues.ToDictionary(
            queue => NameOf(queue.QueueIn(provider)), queue => queue.CreateBatches(provider), StringComparer.Ordinal);

    /// <summary>Handles a batch by the rules of <see cref="QueueBatches.HandleAsync"/>.</summary>
    /// <param name="queue">The name of its queue.</param>
    /// <param name="batch">The messages as received.</param>
    /// <param name="abandoning">Give up what is in hand.</param>
    /// <exception cref="InvalidOperationException">This worker does not consume that queue.</exception>
    public Task<IReadOnlyList<string>> HandleAsync(string queue, IReadOnlyList<Message> batch, CancellationToken abandoning) =>
        _byQueue.TryGetValue(queue, out var batches)
            ? batches.HandleAsync(batch, abandoning)
            : throw new InvalidOperationException(
                $"Nobody consumes queue {queue} here, only {string.Join(" and ", _byQueue.Keys)}: "
                + "the settings below Queues and the event source must name the same.");

    private static string NameOf(string nameOrUrl) => nameOrUrl[(nameOrUrl.LastIndexOf('/') + 1)..];
}
