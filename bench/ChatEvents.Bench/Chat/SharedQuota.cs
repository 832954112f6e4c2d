using System.Globalization;
using ChatEvents.Bench.Gateway;
using ChatEvents.FanOut;
using ChatEvents.Queues;
using Microsoft.Extensions.DependencyInjection;

namespace ChatEvents.Bench.Chat;

/// <summary>
/// Four workers that know nothing of each other under one account's quota, in many rooms: how much of it they use, and how many posts
/// are refused, as the gateway's own bucket decides. From when they have found out what they share, until there is not enough left for
/// all of them.
/// </summary>
internal static class SharedQuota
{
    private const int Quota = 2_000;
    private const int Workers = 4;
    private const int Rooms = 32;
    private const int Connections = 100;
    private const int MessagesPerRoom = 10;
    private const int Posts = Rooms * Connections * MessagesPerRoom;

    private static readonly TimeSpan FindingOut = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    public static async Task<int> RunAsync(Settings settings)
    {
        var table = new Table("round", "quota used", "refused", "refused from the start on", "messages at clients");
        for (var round = 1; round <= settings.Rounds; round++)
        {
            table.Add([$"{round}", .. await RunOnceAsync(settings.Http)]);
        }

        Console.WriteLine(
            $"{Workers} workers under {Quota} requests a second: {MessagesPerRoom} messages to each of {Rooms} rooms of {Connections} connections.");
        table.Print();
        return 0;
    }

    private static async Task<string[]> RunOnceAsync(HttpChoice http)
    {
        await using var chat = await BenchChat.StartAsync(http, Quota);
        using var clients = await IdleClients.OpenAsync(chat.Gateway.Address, Connections);
        for (var message = 0; message < MessagesPerRoom; message++)
        {
            for (var room = 0; room < Rooms; room++)
            {
                if (message == 0)
                    await chat.JoinAsync($"room-{room}", clients.ConnectionIds);
                await chat.SayAsync($"room-{room}", "hello");
            }
        }

        using var posts = new PostCounter();
        for (var worker = 0; worker < Workers; worker++)
        {
            // So few in hand that no worker takes the rooms of all others: it would have no quota for them.
            await chat.StartWorkerAsync(builder => builder.Services.Configure<QueueOptions>("FanOut:Queue", queue => queue.MaxInHand = 4));
        }

        await UntilAsync(() => posts.Accepted > 0);
        await Task.Delay(FindingOut, TimeProvider.System);
        var (begunAt, accepted, refused) = (TimeProvider.System.GetTimestamp(), posts.Accepted, posts.Refused);
        await UntilAsync(() => posts.Accepted >= 0.9 * Posts);
        var quota = Quota * TimeProvider.System.GetElapsedTime(begunAt).TotalSeconds;
        (accepted, refused) = (posts.Accepted - accepted, posts.Refused - refused);

        const int FrameBytes = 2 + 11; // a header and "Echo: hello"
        await UntilAsync(() => clients.Received >= Posts * FrameBytes);
        return
        [
            Part(accepted, quota),
            Part(refused, accepted + refused),
            Part(posts.Refused, posts.Accepted + posts.Refused),
            $"{clients.Received / FrameBytes} of {Posts}",
        ];
    }

    private static string Part(double part, double whole) => string.Create(CultureInfo.InvariantCulture, $"{100 * part / whole:0.0} %");

    private static async Task UntilAsync(Func<bool> holds)
    {
        while (!holds())
        {
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
