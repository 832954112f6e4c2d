using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers;
using ChatEvents.Contracts;

return args switch
{
    [HealthProbe.Argument] => await HealthProbe.AskAsync(RegistryWorker.HealthPort),
    [ProgramVersion.Argument] => ProgramVersion.Print(),
    _ => await WorkerHost.RunAsync(() => RegistryWorker.Build(args)),
};
