using ChatEvents.Contracts;
using ChatEvents.WorkerFunctions;

return args is [ProgramVersion.Argument] ? ProgramVersion.Print() : await WorkerFunction.RunFromEnvironmentAsync();
