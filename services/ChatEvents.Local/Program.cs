using ChatEvents.Local;

return await LocalCommand.RunAsync(args, TimeProvider.System);
