using ChatEvents.Admin;

return await AdminCommand.RunAsync(args, Surroundings.OfThisProcess());
