using ChatEvents.Contracts;
using ChatEvents.Routes;

return args is [ProgramVersion.Argument] ? ProgramVersion.Print() : await RouteFunction.RunFromEnvironmentAsync();
