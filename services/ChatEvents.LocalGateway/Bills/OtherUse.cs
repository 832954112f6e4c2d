namespace ChatEvents.LocalGateway.Bills;

/// <summary>
/// Reads what services beside API Gateway and Lambda were used for since the gateway's start. The program that hosts the gateway may register
/// one, and the bill then has them, too.
/// </summary>
public delegate Task<OtherUse> ReadOtherUse(CancellationToken cancellation);

/// <param name="Queues">Of SQS; null if nobody counts.</param>
/// <param name="Tables">Of DynamoDB; null if nobody counts.</param>
public sealed record OtherUse(QueueUse? Queues, TableUse? Tables);

/// <summary>Requests as SQS meters them: every call, in steps of 64 KB of messages.</summary>
/// <param name="Requests">Of standard queues, and of any queue's management.</param>
/// <param name="FifoRequests">Of FIFO queues.</param>
public sealed record QueueUse(long Requests, long FifoRequests);

/// <summary>Request units of DynamoDB: 4 KB read, of which a read that is not consistent takes half a one, and 1 KB written.</summary>
public sealed record TableUse(decimal ReadUnits, decimal WriteUnits);
