using ChatEvents.Admin;

using var interruption = new Interruption();
return await AdminCommand.RunAsync(args, AdminEnvironment.OfThisProcess(), interruption.Token);
