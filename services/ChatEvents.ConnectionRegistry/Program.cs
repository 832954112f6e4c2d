using ChatEvents.ConnectionRegistry;
using ChatEvents.Consumers;

return await WorkerHost.RunAsync(() => RegistryWorker.Build(args));
