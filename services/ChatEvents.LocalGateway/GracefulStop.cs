namespace ChatEvents.LocalGateway;

/// <summary>
/// Closes the connections before the web server stops listening. Only the first step of a stopping host is early enough for the
/// functions to receive their <c>$disconnect</c> events.
/// </summary>
internal sealed class GracefulStop(GatewayParts gateway) : IHostedLifecycleService
{
    public Task StoppingAsync(CancellationToken cancellationToken) => gateway.CloseConnectionsAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}
