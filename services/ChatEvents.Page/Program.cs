using ChatEvents.Contracts;
using ChatEvents.Page;

if (args is [ProgramVersion.Argument]) return ProgramVersion.Print();

var settings = PageEnvironment.Read(Environment.GetEnvironmentVariable);
if (settings is null)
{
    await Console.Error.WriteLineAsync("CHAT_URL must say where browsers find the chat, such as ws://localhost:8080/local.");
    return 1;
}

var builder = WebApplication.CreateSlimBuilder(args);
builder.WebHost.ConfigureKestrel(kestrel => kestrel.AddServerHeader = false);
await using var app = builder.Build();
var page = PageFiles.Read(_ => settings);
app.Run(async http =>
{
    if (!await page.AnswersAsync(http)) http.Response.StatusCode = StatusCodes.Status404NotFound;
});
await app.RunAsync();
return 0;
