using ChatEvents.ConnectionRegistry;

await RegistryWorker.Build(args).RunAsync();
