using ChatEvents.Consumers;
using ChatEvents.FanOut;

return args is [HealthProbe.Argument]
    ? await HealthProbe.AskAsync(FanOutWorker.HealthPort)
    : await WorkerHost.RunAsync(() => FanOutWorker.Build(args));
