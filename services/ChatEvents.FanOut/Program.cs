using ChatEvents.Consumers;
using ChatEvents.Contracts;
using ChatEvents.FanOut;

return args switch
{
    [HealthProbe.Argument] => await HealthProbe.AskAsync(FanOutWorker.HealthPort),
    [ProgramVersion.Argument] => ProgramVersion.Print(),
    _ => await WorkerHost.RunAsync(() => FanOutWorker.Build(args)),
};
