using System.Globalization;

namespace ChatEvents.Bench.Abusing;

/// <summary>
/// What one guest who abuses the chat costs another client of it, and the route functions. The chat runs already, as
/// <c>dotnet run --project services/ChatEvents.Local</c>.
/// </summary>
internal static class Abuse
{
    public static async Task<int> RunAsync(string url, TimeSpan length)
    {
        var chat = new Uri(url);
        using var ending = new CancellationTokenSource();
        using var functions = new FunctionTime(new UriBuilder(chat) { Scheme = Uri.UriSchemeHttp, Path = "/" }.Uri);
        await functions.WaitingAsync(ending.Token);
        using var bystander = await Bystander.ConnectAsync(chat, ending.Token);
        await bystander.TalkAsync(TimeSpan.FromSeconds(3), ending.Token); // warm

        var table = new Table("attack", "heard", "median", "95th percentile", "longest", "function time");
        await MeasureAsync("none", (_, _) => Task.CompletedTask);
        foreach (var attack in Attacks.All) await MeasureAsync(attack.Name, attack.RunAsync);
        table.Print();
        return 0;

        async Task MeasureAsync(string name, Func<Uri, CancellationToken, Task> attackAsync)
        {
            using var attacking = new CancellationTokenSource(length, TimeProvider.System);
            using var measuring = new CancellationTokenSource();
            var busy = functions.MeasureAsync(measuring.Token);
            var attack = attackAsync(chat, attacking.Token);
            var heard = await bystander.TalkAsync(length, ending.Token);
            await attack;
            await measuring.CancelAsync();
            var functionTime = await busy;
            table.Add(
                name, $"{heard.Delays.Count} of {heard.Said}", Milliseconds(heard.At(0.5)), Milliseconds(heard.At(0.95)), Milliseconds(heard.At(1)),
                string.Create(CultureInfo.InvariantCulture, $"{functionTime.TotalSeconds:0.0} s"));
            await Task.Delay(TimeSpan.FromSeconds(5), TimeProvider.System);
        }
    }

    private static string Milliseconds(TimeSpan? delay) =>
        delay is { } length ? string.Create(CultureInfo.InvariantCulture, $"{length.TotalMilliseconds:0} ms") : "never";
}
