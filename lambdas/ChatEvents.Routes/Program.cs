using ChatEvents.Routes;

return await RouteFunction.RunFromEnvironmentAsync();
