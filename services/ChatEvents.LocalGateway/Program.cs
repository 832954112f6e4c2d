using ChatEvents.LocalGateway;
using ChatEvents.LocalGateway.Configuration;

var app = GatewayHost.Build(new GatewayOptions(), builder => builder.Logging.AddSimpleConsole(console => console.SingleLine = true));
await app.RunAsync();
