using ChatEvents.LocalGateway.Configuration;
using ChatEvents.LocalGateway.Templates;

namespace ChatEvents.Local.Hosting;

/// <summary>
/// The API and its functions as they are deployed: the gateway reads the template that <c>cdk synth</c> makes of <c>deploy/</c>. It is
/// synthesized before, into <c>deploy/local</c>, because that takes longer than the whole start of this system and needs the CDK.
/// </summary>
internal static class DeployedApi
{
    public static GatewayOptions Read(LocalSettings settings, LocalServers servers)
    {
        var template = Path.Combine(AppContext.BaseDirectory, settings.HasAuthorizer ? "chat-auth.template.json" : "chat.template.json");
        var (api, _) = TemplateFile.Read(
            template, new TemplateReading { Given = resource => NameOf(resource, servers), StartsFunctions = false });
        api.Port = settings.Port;
        api.Address = settings.Address;
        api.Region = LocalSettings.Region;

        // AWS starts as many functions as it needs; here all clients share a few, and nobody's messages shall wait behind a hundred of another's.
        api.Limits.MessagesInFlightPerConnection = 10;
        return api;
    }

    /// <summary>The name that a queue or table of the template has here.</summary>
    private static string? NameOf(string resource, LocalServers servers) => WithoutDigest(resource) switch
    {
        "QueuesConnections" => servers.Queues.Connections,
        "QueuesMessages" => servers.Queues.Messages,
        "QueuesWalks" => servers.Queues.Walks,
        "QueuesLate" => servers.Queues.Late,
        "TablesConnections" => servers.Tables.Connections,
        "TablesRooms" => servers.Tables.Rooms,
        "TablesClosed" => servers.Tables.Closed,
        "TablesRecent" => servers.Tables.Recent,
        "TablesBans" => servers.Tables.Bans,
        "TablesProgress" => servers.Tables.Progress,
        _ => null,
    };

    /// <summary>Logical ids of the CDK end with eight digits that make them unique.</summary>
    private static string WithoutDigest(string logicalId) => logicalId.Length > 8 ? logicalId[..^8] : logicalId;
}
