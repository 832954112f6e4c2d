using Amazon.Lambda.Core;
using Amazon.Lambda.SQSEvents;
using ChatEvents.Consumers;

namespace ChatEvents.WorkerFunctions;

/// <summary>
/// Passes a batch of an event source mapping to the worker's consumers, and returns the messages that are not done. Afterwards the
/// environment may be frozen or ended at once, so it returns only when no work is in progress.
/// </summary>
internal sealed class BatchHandler(
    ReceivedBatches batches, IEnumerable<IBackgroundWork> backgroundWork, EmbeddedMetrics metrics, FunctionLog log, TimeProvider time)
{
    public async Task<SQSBatchResponse> HandleAsync(SQSEvent batch, ILambdaContext context)
    {
        log.Invocation = context.Logger;
        using var abandoning = new CancellationTokenSource(InvocationTime.ToWork(context), time);
        if (batch.Records is not { Count: > 0 } records) return new SQSBatchResponse();

        // A mapping reads one queue, so all records of a batch come from the same queue.
        var notDone = await batches.HandleAsync(SqsRecord.QueueOf(records[0]), [.. records.Select(SqsRecord.ToMessage)], abandoning.Token);
        await Task.WhenAll(backgroundWork.Select(work => work.WhenIdleAsync()))
            .WaitAsync(abandoning.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        metrics.Write();
        return new SQSBatchResponse([.. notDone.Select(id => new SQSBatchResponse.BatchItemFailure { ItemIdentifier = id })]);
    }
}
