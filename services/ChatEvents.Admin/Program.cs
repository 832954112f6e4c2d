using ChatEvents.Admin;

using var interruption = new Interruption();
return await AdminCommand.RunAsync(args, Surroundings.OfThisProcess(), interruption.Token);
