using ChatEvents.Bench.Gateway;

return args switch
{
    ["serve", var kind] => await Target.ServeAsync(kind),
    [] => await Comparison.RunAsync(connections: 20_000, posts: 100_000, rounds: 3),
    [var connections, var posts, var rounds] => await Comparison.RunAsync(Number(connections), Number(posts), Number(rounds)),
    _ => Usage(),
};

static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine("Usage: ChatEvents.Bench.Gateway [CONNECTIONS POSTS ROUNDS]    default: 20000 100000 3");
    return 1;
}
