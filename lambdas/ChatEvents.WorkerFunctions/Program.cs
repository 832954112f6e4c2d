using ChatEvents.WorkerFunctions;

return await WorkerFunction.RunFromEnvironmentAsync();
