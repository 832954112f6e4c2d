using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Bench.Chat;

namespace ChatEvents.Bench.Registry;

/// <summary>Has DynamoDB say what each request was charged, and adds it up.</summary>
internal sealed class MeteredDynamoDb(AmazonDynamoDBConfig config) : AmazonDynamoDBClient(BenchServers.Credentials, config)
{
    private readonly Lock _gate = new();
    private RequestUsage _usage;

    /// <summary>The usage since it was last taken.</summary>
    public RequestUsage Take()
    {
        lock (_gate)
        {
            var usage = _usage;
            _usage = default;
            return usage;
        }
    }

    public override Task<PutItemResponse> PutItemAsync(PutItemRequest request, CancellationToken cancellationToken = default)
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        return WriteAsync(() => base.PutItemAsync(request, cancellationToken), response => response.ConsumedCapacity);
    }

    public override Task<DeleteItemResponse> DeleteItemAsync(DeleteItemRequest request, CancellationToken cancellationToken = default)
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        return WriteAsync(() => base.DeleteItemAsync(request, cancellationToken), response => response.ConsumedCapacity);
    }

    public override Task<UpdateItemResponse> UpdateItemAsync(UpdateItemRequest request, CancellationToken cancellationToken = default)
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        return WriteAsync(() => base.UpdateItemAsync(request, cancellationToken), response => response.ConsumedCapacity);
    }

    public override async Task<GetItemResponse> GetItemAsync(GetItemRequest request, CancellationToken cancellationToken = default)
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        var response = await base.GetItemAsync(request, cancellationToken);
        Add(new(1, 0, 1, 0, UnitsOf([response.ConsumedCapacity])));
        return response;
    }

    public override async Task<BatchWriteItemResponse> BatchWriteItemAsync(
        BatchWriteItemRequest request, CancellationToken cancellationToken = default)
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        var response = await base.BatchWriteItemAsync(request, cancellationToken);
        Add(new(1, request.RequestItems.Sum(table => table.Value.Count), 0, UnitsOf(response.ConsumedCapacity), 0));
        return response;
    }

    public override async Task<BatchGetItemResponse> BatchGetItemAsync(
        BatchGetItemRequest request, CancellationToken cancellationToken = default)
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        var response = await base.BatchGetItemAsync(request, cancellationToken);
        Add(new(1, 0, request.RequestItems.Sum(table => table.Value.Keys.Count), 0, UnitsOf(response.ConsumedCapacity)));
        return response;
    }

    public override async Task<QueryResponse> QueryAsync(QueryRequest request, CancellationToken cancellationToken = default)
    {
        request.ReturnConsumedCapacity = ReturnConsumedCapacity.TOTAL;
        var response = await base.QueryAsync(request, cancellationToken);

        // A query that finds nothing costs as much as one that finds little; the emulator says it is free.
        var least = request.ConsistentRead == true ? 1 : 0.5;
        Add(new(1, 0, 1, 0, Math.Max(least, response.ConsumedCapacity?.CapacityUnits ?? 0)));
        return response;
    }

    private async Task<TResponse> WriteAsync<TResponse>(Func<Task<TResponse>> write, Func<TResponse, ConsumedCapacity> charge)
    {
        try
        {
            var response = await write();
            Add(new(1, 1, 0, UnitsOf([charge(response)]), 0));
            return response;
        }
        catch (ConditionalCheckFailedException)
        {
            Add(new(1, 1, 0, 1, 0)); // charged by the size of the item, which is less than a kilobyte here; the exception does not say
            throw;
        }
    }

    private static double UnitsOf(IEnumerable<ConsumedCapacity> charges) => charges.Sum(charge => charge.CapacityUnits ?? 0);

    private void Add(RequestUsage usage)
    {
        lock (_gate) _usage += usage;
    }
}
