using ChatEvents.Deploy.Commands;

return CommandLine.Run(args);
