using ChatEvents.LocalGateway;

return await GatewayProgram.RunAsync(args);
