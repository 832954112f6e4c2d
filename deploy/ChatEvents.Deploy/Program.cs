using ChatEvents.Deploy;
using ChatEvents.Deploy.Configuration;

// The first argument selects the configuration: dotnet run --project deploy/ChatEvents.Deploy -- deploy/chat.json
var configPath = args is [var path, ..] ? path : Path.Combine(SourceTree.Root, "deploy", "chat.json");
try
{
    var (app, stack) = ChatApp.Create(ChatConfigFile.Read(configPath), Environment.GetEnvironmentVariable("CDK_OUTDIR") ?? "cdk.out");
    app.Synth();
    Console.WriteLine($"{stack.StackName} is synthesized into {app.Outdir}.");
    return 0;
}
catch (InvalidConfigException invalid)
{
    Console.Error.WriteLine(invalid.Message);
    return 1;
}
