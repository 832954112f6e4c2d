using ChatEvents.Consumers;
using ChatEvents.FanOut;

return await WorkerHost.RunAsync(() => FanOutWorker.Build(args));
