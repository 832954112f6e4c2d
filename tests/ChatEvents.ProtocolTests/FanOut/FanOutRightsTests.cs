using System.Net;
using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.FanOut.Delivering;
using ChatEvents.FanOut.Rendering;
using ChatEvents.FanOut.Rooms;
using ChatEvents.FanOut.Walks;
using ChatEvents.Testing;
using ChatEvents.Testing.Rights;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ChatEvents.ProtocolTests.FanOut;

/// <summary>What the fan-out needs for everything that it does must be what it has where it is deployed: no less, and no more.</summary>
public sealed class FanOutRightsTests(EmulatorsFixture emulators)
{
    private const string Blue = "blue";

    private volatile string _held = "";
    private volatile TaskCompletionSource _reached = new();
    private volatile TaskCompletionSource _released = new();
    private volatile bool _isForbidden;
    private volatile bool _readsAgain;

    [Fact(Timeout = 180_000)]
    public async Task The_fan_out_needs_each_of_its_rights_and_no_other()
    {
        var cancellation = TestContext.Current.CancellationToken;
        await using var fanOut = await RunningFanOut.CreateAsync(emulators);
        var walked = (await fanOut.AddConnectionsAsync(100))
            .OrderBy(RegistryTables.ShardOf).ThenBy(id => id, StringComparer.Ordinal).ToList();
        var (late, gone) = (walked[0], walked[1]);
        fanOut.Sink.OnPost = async (id, _) =>
        {
            if (id == _held)
            {
                _reached.TrySetResult();
                await _released.Task.WaitAsync(cancellation);
            }

            if (_isForbidden) return HttpStatusCode.Forbidden;
            if (id == gone) return HttpStatusCode.Gone;
            return id == late && !_readsAgain ? HttpStatusCode.TooManyRequests : HttpStatusCode.OK;
        };

        await LeaveAWalkAsync(fanOut, heldAt: walked[^1]);
        await using (var worker = await StartWorkerAsync(fanOut))
        {
            await UntilReadyAsync(worker);
            await UntilNeededAsync(fanOut, "sqs:DeleteMessage on Messages");
            await OweTwoMessagesTogetherAsync(fanOut, worker, late);
            await UntilNeededAsync(fanOut, "sqs:ChangeMessageVisibility on Late"); // renewed while the client does not read
            _readsAgain = true;
            await UntilNeededAsync(fanOut, "dynamodb:UpdateItem on Recent", "sqs:DeleteMessage on Late", "sqs:SendMessage on Connections");
            await worker.StopAsync(cancellation);
        }

        await using (var worker = await StartWorkerAsync(fanOut, ("FanOut:PageSize", "10"), ("FanOut:DivideAbove", "16"), ("FanOut:WalkQueue:MaxReceiveCount", "1")))
        {
            _isForbidden = true;
            await fanOut.PostAsync("divided", "divided");
            await UntilNeededAsync(fanOut, "dynamodb:UpdateItem on Progress", "sqs:ChangeMessageVisibility on Walks");
            _isForbidden = false;
            await UntilNeededAsync(fanOut, "sqs:DeleteMessage on Walks");
            await worker.StopAsync(cancellation);
        }

        Assert.Equal(DeployedRights.FanOut, fanOut.Calls.Needed);
    }

    /// <summary>A worker ends in the middle of a walk, when a connection that the walk has passed is late.</summary>
    private async Task LeaveAWalkAsync(RunningFanOut fanOut, string heldAt)
    {
        Hold(heldAt);
        await using var worker = await StartWorkerAsync(fanOut, ("FanOut:PageSize", "10"), ("shutdownTimeoutSeconds", "1"));
        await fanOut.PostAsync("left", "left");
        await UntilNeededAsync(fanOut, "dynamodb:BatchWriteItem on Progress");
        await worker.StopAsync(TestContext.Current.CancellationToken);
        await UntilNeededAsync(fanOut, "sqs:ChangeMessageVisibility on Messages");
        _released.SetResult();
    }

    /// <summary>Two messages share a walk, which puts them behind a third. The pump could do it, but the emulator hands out one of a room.</summary>
    private async Task OweTwoMessagesTogetherAsync(RunningFanOut fanOut, WebApplication worker, string late)
    {
        var connectedAt = TimeProvider.System.GetUtcNow().AddHours(-1);
        await fanOut.AddConnectionAsync(late, fanOut.Sink.Url, connectedAt, Blue);
        await fanOut.AddConnectionAsync("held=", fanOut.Sink.Url, connectedAt, Blue);
        Hold("held=");
        var (walks, scope) = (worker.Services.GetRequiredService<RoomWalks>(), new WalkScope(Blue));
        var first = JoinAsync("blue-1");
        await _reached.Task.WaitAsync(TestContext.Current.CancellationToken);
        var together = Task.WhenAll(JoinAsync("blue-2"), JoinAsync("blue-3"));
        _released.SetResult();
        await Task.WhenAll(first, together);

        Task JoinAsync(string id)
        {
            var message = new RoomMessage(
                new() { MessageId = id, ConnectionId = "sender=", Room = Blue, Message = id, PostedAt = TimeProvider.System.GetUtcNow() },
                worker.Services.GetRequiredService<MessageFrames>());
            return walks.JoinAsync(scope, message, SavedWalk.None(scope), TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Asks for the worker's health, which asks its queues.</summary>
    private static Task<string> UntilReadyAsync(WebApplication worker) => Patiently.SeeAsync(
        "a ready worker",
        async () =>
        {
            var health = await worker.Services.GetRequiredService<HealthCheckService>()
                .CheckHealthAsync(check => check.Tags.Contains(HealthEndpoints.Readiness), TestContext.Current.CancellationToken);
            var unhealthy = health.Entries.Values.Where(entry => entry.Status != HealthStatus.Healthy);
            return string.Join(' ', unhealthy.Select(entry => entry.Description));
        },
        trouble => trouble.Length == 0,
        TestContext.Current.CancellationToken);

    /// <summary>Leaves the next posts to a connection without an answer until they are released.</summary>
    private void Hold(string connectionId) => (_reached, _released, _held) = (
        new(TaskCreationOptions.RunContinuationsAsynchronously), new(TaskCreationOptions.RunContinuationsAsynchronously), connectionId);

    private static Task<WebApplication> StartWorkerAsync(RunningFanOut fanOut, params (string Setting, string Value)[] settings) =>
        fanOut.StartWorkerAsync([("FanOut:LateQueue:VisibilityTimeout", "00:00:02"), .. settings]);

    private static Task<string> UntilNeededAsync(RunningFanOut fanOut, params string[] rights) => Patiently.SeeAsync(
        string.Join(", ", rights),
        () => Task.FromResult(string.Join(", ", rights.Except(fanOut.Calls.Needed))),
        missing => missing.Length == 0,
        TestContext.Current.CancellationToken,
        TimeSpan.FromSeconds(60));
}
