namespace ChatEvents.EndToEndTests.Clients;

/// <summary>Some clients of each library in one room.</summary>
public sealed class ClientGroup
{
    private readonly string _room;
    private IReadOnlyList<string> _statesAtJoin = [];

    private ClientGroup(string room) => _room = room;

    public List<(ScenarioProgram Program, string Client)> All { get; } = [];

    /// <param name="programs">One of each library.</param>
    /// <param name="room">The room, which also names the clients.</param>
    /// <param name="urls">Where they connect: each of a library by one of its own, as far as there are enough.</param>
    /// <param name="count">How many of each library.</param>
    /// <param name="tokenFile">Holds their token, and may change; null for guests.</param>
    /// <param name="options">Of the library, in milliseconds.</param>
    /// <param name="milliseconds">What their handlers take for a message.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>When all of them are in the room.</returns>
    public static async Task<ClientGroup> ConnectAsync(
        IEnumerable<ScenarioProgram> programs, string room, IReadOnlyList<Uri> urls, int count, string? tokenFile, object options, int milliseconds,
        CancellationToken cancellation)
    {
        var group = new ClientGroup(room);
        foreach (var program in programs)
        {
            for (var number = 1; number <= count; number++)
            {
                var client = $"{room}-{program.Library}-{number}";
                group.All.Add((program, client));
                await program.DoAsync(new { @do = "connect", client, url = urls[number % urls.Count], tokenFile, options });
                await program.DoAsync(new { @do = "listen", client, room, milliseconds });
            }
        }

        foreach (var (program, client) in group.All) await program.UntilAsync(client, "joined", 1, cancellation);
        group._statesAtJoin = [.. group.States()];
        return group;
    }

    public async Task UntilHeardAsync(int messages)
    {
        foreach (var (program, client) in All) await program.UntilAsync(client, "message", messages, TestContext.Current.CancellationToken);
    }

    /// <summary>Each message, once, in order, and nothing else.</summary>
    public async Task AssertHeardAsync(IReadOnlyList<string> said)
    {
        await UntilHeardAsync(said.Count);
        foreach (var heard in Heard()) Assert.Equal(said, heard);
    }

    /// <summary>What each has heard, in order.</summary>
    public IEnumerable<IReadOnlyList<string>> Heard() => All.Select(one => (IReadOnlyList<string>)
        [.. one.Program.EventsOf(one.Client, "message").Where(told => told.Room == _room).Select(told => told.Text!)]);

    /// <summary>Who of them was offline for a moment since all were in the room has told it.</summary>
    public void AssertNeverOffline() => Assert.Equal(_statesAtJoin, States());

    private IEnumerable<string> States() =>
        All.Select(one => $"{one.Client}: {string.Join(", ", one.Program.EventsOf(one.Client, "state").Select(told => told.State))}");

    public async Task CloseAsync()
    {
        foreach (var (program, client) in All) await program.DoAsync(new { @do = "close", client });
    }
}
