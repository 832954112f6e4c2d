using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers;

return args is [HealthProbe.Argument]
    ? await HealthProbe.AskAsync(RegistryWorker.HealthPort)
    : await WorkerHost.RunAsync(() => RegistryWorker.Build(args));
