using ChatEvents.Load;

return await LoadCommand.RunAsync(args, LoadEnvironment.OfThisProcess());
