using Amazon.Lambda.Core;
using Amazon.Lambda.SQSEvents;
using ChatEvents.Consumers;

namespace ChatEvents.WorkerFunctions;

/// <summary>
/// Feeds a batch that an event source mapping has received to the worker's consumers, and answers which messages are not done. The
/// answer ends the invocation, and the environment may be frozen or ended at once: so it comes when nothing is under way any more.
/// </summary>
internal sealed class BatchHandler(
    ReceivedBatches batches, IEnumerable<IBackgroundWork> backgroundWork, EmbeddedMetrics metrics, FunctionLog log, TimeProvider time)
{
    public async Task<SQSBatchResponse> HandleAsync(SQSEvent batch, ILambdaContext context)
    {
        log.Invocation = context.Logger;
        using var abandoning = new CancellationTokenSource(InvocationTime.ToWork(context), time);
        if (batch.Records is not { Count: > 0 } records) return new SQSBatchResponse();

        // A mapping reads one queue, so that the records of a batch are all from the same.
        var notDone = await batches.HandleAsync(SqsRecord.QueueOf(records[0]), [.. records.Select(SqsRecord.ToMessage)], abandoning.Token);
        await Task.WhenAll(backgroundWork.Select(work => work.WhenIdleAsync()))
            .WaitAsync(abandoning.Token)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        metrics.Write();
        return new SQSBatchResponse([.. notDone.Select(id => new SQSBatchResponse.BatchItemFailure { ItemIdentifier = id })]);
    }
}
