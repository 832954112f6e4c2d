await ChatEvents.Bench.ColdStart.Rivals.Bare.RunAsync();
