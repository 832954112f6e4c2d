using ChatEvents.Bench.Gateway;
using ChatEvents.Bench.Gateway.Messages;

return args switch
{
    ["serve", var kind] => await Target.ServeAsync(kind),
    [] => await Comparison.RunAsync(connections: 20_000, posts: 100_000, rounds: 3),
    ["bill"] => await BillComparison.RunAsync(posts: 50_000, rounds: 31),
    ["bill", var posts, var rounds] => await BillComparison.RunAsync(Number(posts), Number(rounds)),
    ["rival"] => await RivalComparison.RunAsync(messages: 20_000, rounds: 5),
    ["rival", "memory"] => await RivalComparison.CompareMemoryAsync(),
    ["rival", var messages, var rounds] => await RivalComparison.RunAsync(Number(messages), Number(rounds)),
    [var connections, var posts, var rounds] => await Comparison.RunAsync(Number(connections), Number(posts), Number(rounds)),
    _ => Usage(),
};

static int Number(string text) => int.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

static int Usage()
{
    Console.Error.WriteLine("Usage: ChatEvents.Bench.Gateway [CONNECTIONS POSTS ROUNDS | bill [POSTS ROUNDS] | rival [memory | MESSAGES ROUNDS]]    defaults: 20000 100000 3; 50000 31; 20000 5");
    return 1;
}
