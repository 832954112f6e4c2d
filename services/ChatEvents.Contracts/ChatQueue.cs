namespace ChatEvents.Contracts;

/// <summary>One of the queues of the chat. Each has a dead-letter queue beside it.</summary>
/// <param name="Setting">What it is called in the section <c>Queues</c>.</param>
/// <param name="Carries">What travels on it, for the operator's tool.</param>
/// <param name="Name">Its name by default.</param>
/// <param name="DeadLetters">The name of its dead-letter queue, where nothing else is deployed.</param>
/// <param name="MaxReceives">After how many receives SQS makes a message a dead letter.</param>
public sealed record ChatQueue(string Setting, string Carries, string Name, string DeadLetters, int MaxReceives)
{
    public static readonly ChatQueue Connections = new(
        nameof(Connections), "connections", QueueNames.Connections, QueueNames.ConnectionsDeadLetters, Contracts.MaxReceives.ByDefault);

    public static readonly ChatQueue Messages = new(
        nameof(Messages), "chat messages", QueueNames.Messages, QueueNames.MessagesDeadLetters, Contracts.MaxReceives.ByDefault);

    public static readonly ChatQueue Walks = new(
        nameof(Walks), "divided walks", QueueNames.Walks, QueueNames.WalksDeadLetters, Contracts.MaxReceives.ByDefault);

    public static readonly ChatQueue Late = new(
        nameof(Late), "late deliveries", QueueNames.Late, QueueNames.LateDeadLetters, Contracts.MaxReceives.OfLate);

    public static IReadOnlyList<ChatQueue> All { get; } = [Connections, Messages, Walks, Late];
}
