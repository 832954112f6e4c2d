await ChatEvents.Bench.ColdStart.Rivals.Sdk.RunAsync();
