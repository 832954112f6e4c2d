using ChatEvents.FanOut;

await FanOutWorker.Build(args).RunAsync();
