using ChatEvents.Consumers.Tables;
using ChatEvents.Contracts;
using ChatEvents.Queues;
using Microsoft.Extensions.Options;

namespace ChatEvents.ConnectionRegistry;

/// <summary>
/// Looks for messages whose walk may have missed a new membership, and lets the fan-out deliver them. Call it after writing the membership:
/// walks that begin later find it. Connections that join a room at about the same time share a look, which begins after all of their
/// memberships were written. See <c>docs/no-gap.md</c>.
/// </summary>
public sealed class MissedMessages
{
    /// <summary>How many connections share a look. Arbitrary: more than a worker has in hand by default.</summary>
    private const int MaxNewcomersPerLook = 100;

    /// <summary>Two, so that one slow look does not block all others.</summary>
    private const int LooksAtOnce = 2;

    private readonly RecentTable _recent;
    private readonly RouteEventPublisher _publisher;
    private readonly Batcher<MessagesMissed, bool> _looks;

    public MissedMessages(RecentTable recent, RouteEventPublisher publisher, IOptions<RegistryOptions> options, TimeProvider time)
    {
        (_recent, _publisher) = (recent, publisher);
        _looks = new(new(MaxNewcomersPerLook, LooksAtOnce, options.Value.BatchLinger, Lingering.AfterCall), LookAsync, time);
    }

    public Task ReportAsync(ConnectionOpened opened, CancellationToken cancellation) => ReportAsync(
        [
            .. Merging.RowFrom(opened).JoinedRooms.Select(room => new MessagesMissed
            {
                ConnectionId = opened.ConnectionId,
                ConnectedAt = opened.ConnectedAt,
                CallbackEndpoint = opened.CallbackEndpoint,
                Room = room,
                Since = opened.ConnectedAt,
                Dialect = opened.Dialect,
            }),
        ],
        cancellation);

    public Task ReportAsync(MembershipChanged joined, CancellationToken cancellation) => ReportAsync(
        [
            new MessagesMissed
            {
                ConnectionId = joined.ConnectionId,
                ConnectedAt = joined.ConnectedAt,
                CallbackEndpoint = joined.CallbackEndpoint,
                Room = joined.Room,
                Since = joined.ChangedAt,
                Dialect = joined.Dialect,
            },
        ],
        cancellation);

    private async Task ReportAsync(MessagesMissed[] candidates, CancellationToken cancellation)
    {
        var looks = await Task.WhenAll(candidates.Select(candidate => _looks.AskAsync(candidate, cancellation)));
        await _publisher.PublishAsync(
            candidates.Zip(looks).Where(candidate => candidate.Second).Select(candidate => (IRouteEvent)candidate.First).ToList(),
            cancellation);
    }

    /// <summary>Answers for each candidate whether it has missed something, with one look per room.</summary>
    private Task LookAsync(IReadOnlyList<BatchedRequest<MessagesMissed, bool>> candidates) =>
        Task.WhenAll(candidates.GroupBy(candidate => candidate.Request.Room, StringComparer.Ordinal).Select(async newcomers =>
        {
            var since = newcomers.Select(newcomer => newcomer.Request.Since).Order().ToList();
            var last = await _recent.FindLastPostedAsync(newcomers.Key, since[0], since[^1]);
            foreach (var newcomer in newcomers) newcomer.Answer(last >= newcomer.Request.Since);
        }));
}
