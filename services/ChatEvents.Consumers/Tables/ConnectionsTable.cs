using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Amazon.DynamoDBv2;
using Amazon.DynamoDBv2.Model;
using ChatEvents.Contracts;
using Item = System.Collections.Generic.Dictionary<string, Amazon.DynamoDBv2.Model.AttributeValue>;

namespace ChatEvents.Consumers.Tables;

/// <summary>How a conditional write of a row ended.</summary>
/// <param name="IsDone">Whether the condition was met; if not, nothing was changed.</param>
/// <param name="Row">The row that was removed, or that did not meet the condition; null if there is none, or none any more.</param>
public readonly record struct RowWrite(bool IsDone, ConnectionRow? Row);

/// <summary>The table of open connections. Only the registry writes it.</summary>
public sealed class ConnectionsTable(IAmazonDynamoDB dynamoDb, ItemBatches batches, TableNames names, RowProblems problems)
{
    /// <summary>
    /// A fraction of DynamoDB's 1 MB per page: a sweep is deliberately slow, and its rows should not get stale in memory.
    /// </summary>
    private const int RowsPerPage = 500;

    private readonly TableSchema _table = names.ConnectionsTable;

    /// <summary>Reads a row consistently; null if there is none that makes sense.</summary>
    public async Task<ConnectionRow?> FindAsync(string connectionId, CancellationToken cancellation) =>
        RowIn(await batches.FindAsync(_table, KeyOf(connectionId), consistent: true, cancellation));

    /// <summary>All rows of connections opened before an instant, page by page. Eventually consistent, at half the price.</summary>
    public IAsyncEnumerable<ConnectionRow> ReadOpenedBeforeAsync(DateTimeOffset instant, CancellationToken cancellation) =>
        ScanAsync($"{RegistryTables.ConnectedAt} <= :instant", instant, cancellation);

    private async IAsyncEnumerable<ConnectionRow> ScanAsync(
        string filter, DateTimeOffset instant, [EnumeratorCancellation] CancellationToken cancellation)
    {
        Item? after = null;
        do
        {
            var page = await dynamoDb.ScanAsync(
                new ScanRequest
                {
                    TableName = _table.Name,
                    FilterExpression = filter,
                    ExpressionAttributeValues = new() { [":instant"] = NumberAttribute.OfMilliseconds(instant) },
                    ExclusiveStartKey = after,
                    Limit = RowsPerPage,
                },
                cancellation);
            foreach (var item in page.Items ?? [])
            {
                if (RowIn(item) is { } row) yield return row;
            }

            after = page.LastEvaluatedKey;
        }
        while (after is { Count: > 0 });
    }

    /// <summary>
    /// Rows of connections that may have to end: those whose token is over, or all that are asked for when a ban may hit any of them.
    /// </summary>
    public IAsyncEnumerable<ConnectionRow> ReadEndedAsync(DateTimeOffset now, bool all, CancellationToken cancellation) => all
        ? ReadOpenedBeforeAsync(now, cancellation)
        : ScanAsync($"{RegistryTables.TokenExpiresAt} <= :instant", now, cancellation);

    /// <summary>Adds a row if there is none.</summary>
    public Task<RowWrite> TryAddAsync(ConnectionRow row, CancellationToken cancellation) =>
        TryPutAsync(
            row,
            new PutItemRequest { ConditionExpression = $"attribute_not_exists({RegistryTables.ConnectionId})" },
            cancellation);

    /// <summary>Replaces a row if it is still the one before <paramref name="row"/>'s revision.</summary>
    public Task<RowWrite> TryReplaceAsync(ConnectionRow row, CancellationToken cancellation) =>
        TryPutAsync(
            row,
            new PutItemRequest
            {
                ConditionExpression = $"{RegistryTables.Revision} = :read",
                ExpressionAttributeValues = new() { [":read"] = NumberAttribute.Of(row.Revision - 1) },
            },
            cancellation);

    /// <summary>
    /// Removes a row if it is still <paramref name="asRead"/>. A row that was not read is removed only if it names no other rooms than
    /// those given to <paramref name="user"/>, so that no room is forgotten. Succeeds if there is no row.
    /// </summary>
    public Task<RowWrite> TryRemoveAsync(string connectionId, ConnectionRow? asRead, string? user, CancellationToken cancellation) =>
        TryAsync(
            connectionId,
            async () =>
            {
                var request = new DeleteItemRequest
                {
                    TableName = _table.Name,
                    Key = KeyOf(connectionId),
                    ConditionExpression = $"attribute_not_exists({RegistryTables.JoinedRooms}) AND {IsOf(user)}",
                    ExpressionAttributeNames = new() { ["#user"] = RegistryTables.User },
                    ExpressionAttributeValues = user is null ? null : new() { [":user"] = new(user) },
                    ReturnValues = ReturnValue.ALL_OLD,
                    ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD,
                };
                if (asRead is not null)
                {
                    request.ConditionExpression = $"attribute_not_exists({RegistryTables.ConnectionId}) OR {RegistryTables.Revision} = :read";
                    request.ExpressionAttributeNames = null;
                    request.ExpressionAttributeValues = new() { [":read"] = NumberAttribute.Of(asRead.Revision) };
                }

                return (await dynamoDb.DeleteItemAsync(request, cancellation)).Attributes;
            },
            cancellation);

    private static string IsOf(string? user) =>
        user is null ? "attribute_not_exists(#user)" : "(attribute_not_exists(#user) OR #user = :user)";

    private Task<RowWrite> TryPutAsync(ConnectionRow row, PutItemRequest request, CancellationToken cancellation)
    {
        request.TableName = _table.Name;
        request.Item = ItemOf(row);
        request.ReturnValuesOnConditionCheckFailure = ReturnValuesOnConditionCheckFailure.ALL_OLD;
        return TryAsync(
            row.ConnectionId,
            async () =>
            {
                await dynamoDb.PutItemAsync(request, cancellation);
                return null;
            },
            cancellation);
    }

    private async Task<RowWrite> TryAsync(string connectionId, Func<Task<Item?>> write, CancellationToken cancellation)
    {
        try
        {
            return new(IsDone: true, RowIn(await write()));
        }
        catch (ConditionalCheckFailedException failed)
        {
            // AWS returns the item free of charge. An emulator may not, so the row is read.
            var item = failed.Item is { Count: > 0 }
                ? failed.Item
                : await batches.FindAsync(_table, KeyOf(connectionId), consistent: true, cancellation);
            var row = RowIn(item);
            if (item is { Count: > 0 } && row is null) await RemoveSenselessAsync(item, cancellation);
            return new(IsDone: false, row);
        }
    }

    /// <summary>
    /// Removes a row that makes no sense, so that it is not in the way of the truth for ever. Another worker may have done so meanwhile and
    /// written the truth; that has another value where the row made no sense.
    /// </summary>
    private async Task RemoveSenselessAsync(Item item, CancellationToken cancellation)
    {
        Read(item, problems.Now, out var reader);
        var wrong = reader.ProblemAttribute!;
        var value = item.GetValueOrDefault(wrong);
        try
        {
            await dynamoDb.DeleteItemAsync(
                new DeleteItemRequest
                {
                    TableName = _table.Name,
                    Key = new() { [RegistryTables.ConnectionId] = item[RegistryTables.ConnectionId] },
                    ConditionExpression = value is null ? "attribute_not_exists(#wrong)" : "#wrong = :wrong",
                    ExpressionAttributeNames = new() { ["#wrong"] = wrong },
                    ExpressionAttributeValues = value is null ? null : new() { [":wrong"] = value },
                },
                cancellation);
        }
        catch (ConditionalCheckFailedException)
        {
            // Another worker was faster.
        }
    }

    private ConnectionRow? RowIn(Item? item)
    {
        if (item is not { Count: > 0 }) return null;
        var row = Read(item, problems.Now, out var reader);
        if (reader.Problem is not { } problem) return row;
        problems.Report(_table.Name, row.ConnectionId, problem);
        return null;
    }

    /// <param name="item">The item of DynamoDB.</param>
    /// <param name="now">The clock.</param>
    /// <param name="reader">Knows why the row makes no sense, if so.</param>
    private static ConnectionRow Read(Item item, DateTimeOffset now, out ItemReader reader)
    {
        reader = new ItemReader(item, now);
        var row = new ConnectionRow
        {
            ConnectionId = reader.Id(RegistryTables.ConnectionId),
            ConnectedAt = reader.Past(RegistryTables.ConnectedAt),
            CallbackEndpoint = reader.Endpoint(RegistryTables.CallbackEndpoint),
            User = reader.OptionalText(RegistryTables.User),
            Name = reader.OptionalText(RegistryTables.Name),
            Guest = reader.OptionalText(RegistryTables.Guest),
            MayJoin = reader.OptionalList(RegistryTables.MayJoin),
            Role = reader.OptionalText(RegistryTables.Role),
            TokenExpiresAt = reader.OptionalInstant(RegistryTables.TokenExpiresAt),
            SourceAddress = reader.OptionalText(RegistryTables.SourceAddress),
            Dialect = Dialects.Read(reader.OptionalText(RegistryTables.Dialect)),
            Rooms = RoomsIn(ref reader),
            ForgottenUntil = reader.OptionalInstant(RegistryTables.ForgottenUntil),
            Revision = reader.Number(RegistryTables.Revision),
        };
        reader.Require(row.User is null || UserId.IsValid(row.User), RegistryTables.User, "is no id of a user");
        return row;
    }

    private static ImmutableSortedDictionary<string, RoomChange> RoomsIn(ref ItemReader reader)
    {
        var rooms = ConnectionRow.NoRooms.ToBuilder();
        foreach (var (room, at) in reader.Instants(RegistryTables.LeftRooms)) rooms[room] = new(at, IsIn: false);
        foreach (var (room, at) in reader.Instants(RegistryTables.RefusedRooms)) rooms[room] = new(at, IsIn: false, IsRefused: true);
        foreach (var (room, at) in reader.Instants(RegistryTables.JoinedRooms)) rooms[room] = new(at, IsIn: true);
        foreach (var (room, order) in reader.Numbers(RegistryTables.ChangeOrders))
        {
            if (rooms.TryGetValue(room, out var change)) rooms[room] = change with { Order = order };
        }

        rooms.RemoveRange(rooms.Keys.Where(room => !Room.IsName(room)).ToList()); // no key could be made of them
        return rooms.ToImmutable();
    }

    private static Item KeyOf(string connectionId) => new() { [RegistryTables.ConnectionId] = new(connectionId) };

    private static Item ItemOf(ConnectionRow row)
    {
        var item = KeyOf(row.ConnectionId);
        Describe(item, row);
        if (row.SourceAddress is { } source) item[RegistryTables.SourceAddress] = new(source);
        if (row.MayJoin is { } patterns) item[RegistryTables.MayJoin] = new() { L = [.. patterns.Select(pattern => new AttributeValue(pattern))] };
        AddRooms(RegistryTables.JoinedRooms, change => change.IsIn, At);
        AddRooms(RegistryTables.LeftRooms, change => change is { IsIn: false, IsRefused: false }, At);
        AddRooms(RegistryTables.RefusedRooms, change => change.IsRefused, At);
        AddRooms(RegistryTables.ChangeOrders, change => change.Order != 0, change => NumberAttribute.Of(change.Order));
        if (row.ForgottenUntil is { } until) item[RegistryTables.ForgottenUntil] = NumberAttribute.OfMilliseconds(until);
        item[RegistryTables.Revision] = NumberAttribute.Of(row.Revision);
        return item;

        static AttributeValue At(RoomChange change) => NumberAttribute.OfMilliseconds(change.At);

        void AddRooms(string name, Func<RoomChange, bool> isMeant, Func<RoomChange, AttributeValue> value)
        {
            var rooms = row.Rooms.Where(room => isMeant(room.Value)).ToDictionary(room => room.Key, room => value(room.Value));
            if (rooms.Count > 0) item[name] = new() { M = rooms };
        }
    }

    /// <summary>Adds what a row and its memberships have in common.</summary>
    internal static void Describe(Item item, ConnectionRow row)
    {
        item[RegistryTables.CallbackEndpoint] = new(row.CallbackEndpoint);
        item[RegistryTables.ConnectedAt] = NumberAttribute.OfMilliseconds(row.ConnectedAt);
        item[RegistryTables.TimeToLive] = NumberAttribute.OfSeconds(row.ExpiresAt);
        if (row.User is { } user) item[RegistryTables.User] = new(user);
        if (row.Name is { } name) item[RegistryTables.Name] = new(name);
        if (row.Guest is { } guest) item[RegistryTables.Guest] = new(guest);
        if (row.Role is { } role) item[RegistryTables.Role] = new(role);
        if (row.TokenExpiresAt is { } end) item[RegistryTables.TokenExpiresAt] = NumberAttribute.OfMilliseconds(end);
        if (Dialects.Write(row.Dialect) is { } dialect) item[RegistryTables.Dialect] = new(dialect);
    }
}
